import {
  type AgentRequest,
  type LocalResponse,
  PaiError,
  type Provider,
  type ProviderPlugin,
  resolveRequest,
  type UpstreamRequest,
} from '@pai/core';
import type { Answer, OnCall } from '../peer.ts';
import {
  type CreateOrder,
  type DenyOrder,
  type Injected,
  type JudgedAction,
  type LoadOrder,
  longestContent,
  type RequestHead,
  type UpstreamHead,
} from '../wire.ts';
import type { Channel } from './channel.ts';
import { agentRequest, isUnchanged, upstreamRequest } from './content.ts';
import { createContext } from './context.ts';
import { declarePlugin, declareProvider, declareSpec, onlyPlugin } from './declare.ts';
import { createFilters } from './filters.ts';
import { keepLast } from './keep-last.ts';

/** Answers what the sidecar asks of a plugin, which the first question loads. */
export function createServing(channel: Channel, print: (line: string) => void): OnCall {
  let plugin: ProviderPlugin | undefined;
  let provider: Provider | undefined;
  const requests = keepLast<AgentRequest>();
  const upstreams = keepLast<UpstreamRequest>();
  const loaded = () => plugin ?? missing('plugin');
  const created = () => provider ?? missing('Provider');
  // A plugin may know a request again: the same one is the same object.
  const requestOf = (head: RequestHead) => requests(head.key, () => agentRequest(head, channel));
  const filters = createFilters(channel);

  const handlers: Readonly<Record<string, OnCall>> = {
    ping: () => ({}),
    async load(_, value) {
      plugin = onlyPlugin(await load((value as LoadOrder).entry, print));
      return { value: declarePlugin(plugin) };
    },
    spec(_, value) {
      const { spec, patterns } = value as { spec: unknown; patterns: readonly string[] };
      return { value: declareSpec(loaded(), spec, patterns) };
    },
    create(_, value) {
      const order = value as CreateOrder;
      provider = loaded().create(order.spec, createContext(order, channel, print));
      return { value: declareProvider(provider) };
    },
    judge: (_, value) => judge(loaded(), created(), requestOf(value as RequestHead)),
    async inject(_, value) {
      const head = value as UpstreamHead;
      const request = upstreamRequest(head, channel);
      await created().inject(request);
      upstreams(head.key, () => request);
      return injected(head, request);
    },
    async renew(_, value) {
      const { key, head } = value as { key: number; head: { status: number; headers: string[] } };
      const { renew, isRefusal } = created();
      const request = upstreams(key, () => missing('request'));
      const isRefused = isRefusal === undefined ? head.status === 401 : isRefusal(head, request);
      return { value: isRefused && (await renew?.(request, head)) === true };
    },
    async deny(_, value) {
      const { denial, request } = value as DenyOrder;
      const { deny, denyLater } = created();
      const response = await (denyLater ?? deny)?.(denial, requestOf(request));
      return local(response ?? missing('denial'));
    },
    async filter(_, value) {
      const { key, head, request } = value as {
        key: number;
        head: { status: number; headers: string[] };
        request: RequestHead;
      };
      const { filter, filterLater } = created();
      const transform = await (filterLater ?? filter)?.(head, requestOf(request));
      if (transform !== undefined) filters.open(key, transform);
      return { value: { headers: head.headers, isTransforming: transform !== undefined } };
    },
    content: (_, value, bytes) => filters.write((value as { key: number }).key, bytes),
    contentEnd: (_, value) => filters.end((value as { key: number }).key),
    contentDrop: (_, value) => filters.drop((value as { key: number }).key),
  };

  return (what, value, bytes) => {
    const handle = Object.hasOwn(handlers, what) ? handlers[what] : undefined;
    return (handle ?? missing(what))(what, value, bytes);
  };
}

/** Why a module cannot be loaded is for people: nothing has been asked of it yet that could be secret. */
async function load(entry: string, print: (line: string) => void): Promise<object> {
  try {
    return (await import(entry)) as object;
  } catch (thrown) {
    print(thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : 'it threw what is no error');
    throw new PaiError('plugin_unknown', 'the module of the package cannot be loaded; the log says why');
  }
}

async function judge(plugin: ProviderPlugin, provider: Provider, request: AgentRequest): Promise<Answer> {
  const answer = await provider.answer?.(request);
  if (answer !== undefined) {
    const { value, bytes } = local(answer);
    return { value: { answer: value }, ...(bytes !== undefined && { bytes }) };
  }
  const resolution = await resolveRequest(provider, request);
  if ('unresolved' in resolution) return { value: resolution };
  const actions = resolution.actions.map((action): JudgedAction => {
    const outside = provider.scope(action);
    const services = plugin.serviceOf?.(action);
    return {
      action,
      ...(outside !== undefined && { outside }),
      ...(services !== undefined && { services: [services].flat() }),
    };
  });
  return { value: { actions } };
}

async function injected(head: UpstreamHead, request: UpstreamRequest): Promise<Answer> {
  const { target, headers, needsH2, body } = request;
  const bytes = await upstreamContent(head, body);
  const value: Injected = {
    target,
    headers,
    ...(needsH2 === true && { needsH2 }),
    hasContent: bytes !== undefined,
  };
  return { value, ...(bytes !== undefined && { bytes }) };
}

/** The content where it is another than the agent's. */
async function upstreamContent(
  head: UpstreamHead,
  body: UpstreamRequest['body'],
): Promise<Buffer | undefined> {
  if (isUnchanged(body) || (head.length === 0 && body.length === 0)) return undefined;
  return body.bytes(longestContent);
}

function local({ status, headers, body, isAfterContent }: LocalResponse): Answer & { bytes: Buffer } {
  return {
    value: { status, headers, ...(isAfterContent === true && { isAfterContent }) },
    bytes: Buffer.from(body),
  };
}

function missing(what: string): never {
  throw new PaiError('internal', `there is no ${what} here`);
}
