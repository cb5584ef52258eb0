import {
  type AgentRequest,
  bodyOf,
  type LocalResponse,
  PaiError,
  type Provider,
  type Resolution,
  type ResponseHead,
  readGrpcStatus,
  type UpstreamRequest,
} from '@pai/core';
import { readHeaders, readInjected, readLocal, readResolution, record, type SaidOf } from './came-back.ts';
import type { Contents } from './contents.ts';
import type { Filtered } from './filtered.ts';
import type { Keeper } from './keeper.ts';
import type { DeclaredProvider, RequestHead, UpstreamHead } from './wire.ts';

/** What stands behind a Provider that is judged elsewhere. */
export interface RemoteParts {
  readonly keeper: Keeper;
  /** Milliseconds for what may have to fetch something first. */
  readonly deadline: number;
  readonly contents: Contents;
  readonly filtered: Filtered;
  /** What is known of actions that came back. */
  readonly said: SaidOf;
  /** Whether a text has a credential of the Provider in it. */
  readonly isShown: (text: string) => boolean;
}

/** Milliseconds for the shape of a denial: one that is late has Pai's own. */
const denyDeadline = 2_000;

interface Judged {
  readonly answer: LocalResponse | undefined;
  readonly resolution: Resolution;
}

/** A Provider whose every answer comes from its plugin's process, and is checked. */
export function createRemoteProvider(
  declared: DeclaredProvider,
  { keeper, deadline, contents, filtered, said, isShown }: RemoteParts,
): Provider {
  const { hosts, env, files, mcp, slots, hasOpaquePaths, isScoped, upgrades } = declared;
  const has = (name: keyof Provider) => declared.functions.includes(name);
  const keyOf = createKeys();
  const judged = new WeakMap<AgentRequest, Promise<Judged>>();

  const local = (value: unknown, bytes: Buffer): LocalResponse => {
    const response = readLocal(value, bytes);
    if (!isShown(`${response.headers.join('\n')}\n${bytes.toString('latin1')}`)) return response;
    throw shown();
  };
  const judge = async (request: AgentRequest): Promise<Judged> => {
    const head = headOf(request, keyOf(request));
    const { value, bytes } = await contents.during('agent', head.key, request.body, () =>
      keeper.call('judge', head, { deadline }),
    );
    const { answer } = record(value);
    if (isShown(JSON.stringify(value))) throw shown();
    if (answer !== undefined) return { answer: local(answer, bytes), resolution: { unresolved: '' } };
    return { answer: undefined, resolution: readResolution(value, said) };
  };
  // The answer and the meaning of a request are asked for together, and once.
  const judgeOnce = (request: AgentRequest) => {
    const known = judged.get(request) ?? judge(request);
    judged.set(request, known);
    return known;
  };
  const inject = async (request: UpstreamRequest) => {
    const head = upstreamHeadOf(request, keyOf(request));
    const answered = await contents.during('upstream', head.key, request.body, () =>
      keeper.call('inject', head, { deadline }),
    );
    const { target, headers, needsH2, hasContent } = readInjected(answered);
    request.target = target;
    request.headers = headers;
    if (needsH2) request.needsH2 = true;
    if (hasContent) request.body = bodyOf(answered.bytes);
  };
  const renew = async (request: UpstreamRequest, head: ResponseHead) => {
    const order = { key: keyOf(request), head };
    return (await keeper.call('renew', order, { deadline })).value === true;
  };
  const denyLater: NonNullable<Provider['denyLater']> = async (denial, request) => {
    const order = { denial, request: headOf(request, keyOf(request)) };
    const { value, bytes } = await keeper.call('deny', order, { deadline: denyDeadline });
    return local(value, bytes);
  };

  return {
    hosts,
    placeholders: { env, ...(files !== undefined && { files }) },
    credentialSlots: slots,
    hasOpaquePaths,
    isScoped,
    ...(mcp !== undefined && { mcp }),
    ...(upgrades !== undefined && { upgrades }),
    ...(has('answer') && { answer: async (request) => (await judgeOnce(request)).answer }),
    resolve: async (request) => (await judgeOnce(request)).resolution,
    scope: (action) => {
      const known = said.get(action);
      if (known !== undefined) return known.outside;
      return { rule: 'scope', reason: 'the plugin was not asked about it' };
    },
    inject,
    ...(has('renew') && { renew }),
    // Whether a response is a refusal is asked together with the renewal; only errors can be one.
    ...(has('isRefusal') && { isRefusal: isError }),
    ...((has('filter') || has('filterLater')) && {
      filterLater: (head, request) => filtered.begin(head, headOf(request, keyOf(request))),
    }),
    ...((has('deny') || has('denyLater')) && { denyLater }),
  };
}

function isError({ status, headers }: ResponseHead): boolean {
  return status >= 400 || (readGrpcStatus(headers) ?? 0) !== 0;
}

function shown(): PaiError {
  return new PaiError('plugin_failed', 'the plugin answered with its credential');
}

/** A number for each request, which is its own as long as it is there. */
function createKeys(): (request: object) => number {
  const keys = new WeakMap<object, number>();
  let count = 0;
  return (request) => {
    const known = keys.get(request);
    if (known !== undefined) return known;
    count += 1;
    keys.set(request, count);
    return count;
  };
}

function headOf({ body, ...facts }: AgentRequest, key: number): RequestHead {
  return { ...facts, key, ...(body.length !== undefined && { length: body.length }) };
}

function upstreamHeadOf(request: UpstreamRequest, key: number): UpstreamHead {
  const { method, host, port, target, headers, upgrade, body } = request;
  return {
    key,
    method,
    host,
    port,
    target,
    headers: readHeaders(headers),
    ...(upgrade !== undefined && { upgrade }),
    ...(body.length !== undefined && { length: body.length }),
  };
}

/** Fails for what a Provider says after its process was started again that it did not say before. */
export function checkSame(label: string, before: DeclaredProvider, after: DeclaredProvider): void {
  if (JSON.stringify(before) === JSON.stringify(after)) return;
  throw new PaiError('plugin_failed', `plugin ${label} says something else of itself after each start`);
}
