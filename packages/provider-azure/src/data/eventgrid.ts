import { type Action, type AgentRequest, printable, readPath } from '@pai/core';
import { readQuery } from './query.ts';
import { unreadable } from './refuse.ts';

const send = 'Microsoft.EventGrid/events/send/action';
const receive = 'Microsoft.EventGrid/events/receive/action';

/**
 * The actions of a request to Event Grid: to a custom topic or a domain on its host, to a topic of a namespace or its
 * subscription on `<host>/topics/<topic>` (Event Grid data plane REST API). Throws `malformed_request` for another.
 */
export function readEventGrid(request: AgentRequest): readonly Action[] {
  readQuery(request);
  const { method, host } = request;
  const path = readPath(request.path).segments;
  if (method === 'POST' && path.join('/').toLowerCase() === 'api/events')
    return [{ name: send, resource: host }];
  const [, topic, verb] =
    /^topics\/([^/:]+)(?:\/eventsubscriptions\/[^/:]+)?:(\w+)$/i.exec(path.join('/')) ?? [];
  const isSubscription = path.length === 4;
  if (method === 'POST' && topic !== undefined && verb !== undefined) {
    const resource = `${host}/topics/${topic}`;
    if (!isSubscription && verb.toLowerCase() === 'publish') return [{ name: send, resource }];
    if (isSubscription && receiving.has(verb.toLowerCase())) return [{ name: receive, resource }];
  }
  throw unreadable(
    `${printable(`${method} ${request.path}`)} is no operation of Event Grid that is known; use one that it documents`,
  );
}

const receiving: ReadonlySet<string> = new Set(['receive', 'acknowledge', 'release', 'reject', 'renewlock']);
