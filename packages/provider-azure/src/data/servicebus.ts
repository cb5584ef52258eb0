import { type Action, type AgentRequest, printable, readDecoded, readPath } from '@pai/core';
import { readQuery } from './query.ts';
import { unreadable } from './refuse.ts';

const bus = 'Microsoft.ServiceBus/namespaces/';
const hubs = 'Microsoft.EventHub/namespaces/';
const relaySend = 'Microsoft.Relay/namespaces/messages/send/action';

/**
 * The actions of a request to a namespace, on `<host>/<entity>`. Service Bus, Event Hubs and Relay share the
 * hosts, and nothing in a request says which of them a namespace belongs to: it has the actions of every one that it may
 * be a request to, Relay's included, which hands any request to whoever listens. Throws `malformed_request` for one
 * that has more than one reading in one of them. A description that names where else messages go is in no scope.
 */
export function readServiceBus(request: AgentRequest): readonly Action[] | Promise<readonly Action[]> {
  readQuery(request);
  if (request.upgrade !== undefined) {
    throw unreadable(
      'a WebSocket to a namespace carries AMQP, whose messages cannot be judged; use the REST interface',
    );
  }
  const segments = readPath(request.path).segments;
  if (segments.some((segment) => segment.includes('%2F'))) {
    throw unreadable(
      `the path ${printable(request.path)} has an encoded slash; write the slashes of an entity's name as they are`,
    );
  }
  const relayed = { name: relaySend, resource: [request.host, ...segments].join('/') };
  const messages = readMessages(request, segments);
  const actions = [...(messages ?? readManagement(request, segments)), relayed];
  return request.method === 'PUT' && messages === undefined ? describe(request, actions) : actions;
}

/** Bytes of a description. */
const longest = 256 * 1024;

/** `ForwardTo`, `ForwardDeadLetteredMessagesTo`, and the account of `CaptureDescription`; or XML in which they might hide. */
const leadsOn = /forward|capture|<!|encoding\s*=\s*["'](?!utf-8["'])/i;

async function describe(request: AgentRequest, actions: readonly Action[]): Promise<readonly Action[]> {
  const text = (await readDecoded(request, longest)).toString('latin1').replaceAll('\0', '');
  return leadsOn.test(text) ? actions.map((action) => ({ ...action, reach: 'any' as const })) : actions;
}

/** `<entity>/messages…` (Service Bus REST API, "Message operations"; Event Hubs REST API). */
function readMessages(
  { method, host }: AgentRequest,
  segments: readonly string[],
): readonly Action[] | undefined {
  const path = segments.map((segment) => segment.toLowerCase());
  const at = path.indexOf('messages');
  if (at <= 0) return undefined;
  if (path.indexOf('messages', at + 1) !== -1) {
    throw unreadable('the path has two segments called messages; use an entity of another name');
  }
  const entity = segments.slice(0, at);
  const rest = segments.length - at - 1;
  if (rest === 0 && method === 'POST') {
    const hub = entity.filter((_, i) => !isPartition(entity, i));
    return [
      { name: `${bus}messages/send/action`, resource: [host, ...entity].join('/') },
      { name: `${hubs}messages/send/action`, resource: [host, ...hub].join('/') },
    ];
  }
  const isHead = rest === 1 && path.at(-1) === 'head' && (method === 'POST' || method === 'DELETE');
  const isLocked = rest === 2 && (method === 'PUT' || method === 'POST' || method === 'DELETE');
  if (!isHead && !isLocked) return [];
  const source = entity.filter((segment) => !/^\$(?:deadletterqueue|transfer)$/i.test(segment));
  return [{ name: `${bus}messages/receive/action`, resource: [host, ...source].join('/') }];
}

/** `<hub>/partitions/<id>` and `<hub>/publishers/<name>` are the hub. */
function isPartition(entity: readonly string[], i: number): boolean {
  const from = Math.max(1, entity.length - 2);
  return i >= from && /^(?:partitions|publishers)$/i.test(entity[from] ?? '');
}

const verbs: Readonly<Record<string, string>> = { GET: 'read', PUT: 'write', DELETE: 'delete' };

/** The Atom interface: entities by their path, lists at `$Resources` (Service Bus REST API, "Entities"). */
function readManagement({ method, host }: AgentRequest, segments: readonly string[]): readonly Action[] {
  const verb = verbs[method];
  if (verb === undefined || segments.length === 0) return [];
  const [first = '', second = ''] = segments.map((segment) => segment.toLowerCase());
  if (first === '$namespaceinfo')
    return [
      { name: `${bus}read`, resource: host },
      { name: `${hubs}read`, resource: host },
    ];
  if (first === '$resources') {
    if (verb !== 'read' || segments.length !== 2) return [];
    const prefix = second === 'eventhubs' ? hubs : bus;
    return [{ name: `${prefix}${second}/read`, resource: host, part: '' }];
  }
  return kindsOf(segments).map(({ kind, resource, isList }) => ({
    name: kind + verb,
    resource: [host, ...resource].join('/'),
    ...(isList && { part: '' }),
  }));
}

interface Kind {
  readonly kind: string;
  readonly resource: readonly string[];
  readonly isList: boolean;
}

/** What stands behind the name of a topic or a hub. */
const children: readonly (readonly [names: readonly string[], kind: string])[] = [
  [['subscriptions', 'rules'], `${bus}topics/subscriptions/rules/`],
  [['subscriptions'], `${bus}topics/subscriptions/`],
  [['consumergroups', 'partitions'], `${hubs}eventhubs/consumergroups/`],
  [['consumergroups'], `${hubs}eventhubs/consumergroups/`],
];

function kindsOf(segments: readonly string[]): readonly Kind[] {
  for (const [names, kind] of children) {
    for (const length of [2 * names.length, 2 * names.length - 1]) {
      const from = segments.length - length;
      if (from < 1 || names.some((name, i) => segments[from + 2 * i]?.toLowerCase() !== name)) continue;
      return [{ kind, resource: segments, isList: length % 2 === 1 }];
    }
  }
  return [`${bus}queues/`, `${bus}topics/`, `${hubs}eventhubs/`].map((kind) => ({
    kind,
    resource: segments,
    isList: false,
  }));
}
