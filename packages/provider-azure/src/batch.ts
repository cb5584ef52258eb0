import {
  type Action,
  type AgentRequest,
  bodyOf,
  decodeUtf8,
  emptyBody,
  isTakenFor,
  PaiError,
  printable,
  type RawHeaders,
  type Resolution,
  readDecoded,
  readJson,
  splitTarget,
} from '@pai/core';
import { isJson } from './json-type.ts';

/** One request inside a batch, as the service would get it alone. */
export type BatchedRequest = Pick<AgentRequest, 'method' | 'path' | 'query' | 'headers' | 'body'>;

/** How a service writes its batches. */
export interface BatchDialect {
  /** Members that a request in a batch may have; others are refused. */
  readonly members: readonly string[];
  readonly method: string;
  /** Where the content stands. */
  readonly content: string;
  /** Content may be text, which the service would take as it is. */
  readonly takesText?: boolean;
  /** Where headers stand, if it takes any. */
  readonly headers?: string;
  /** How many requests a batch may have. */
  readonly most: number;
  /** The target of a request: from a URL, relative or whole. Throws `malformed_request` for one that leads elsewhere. */
  readonly target: (url: string) => string;
}

/**
 * Judges every request of a batch by `resolve`; all that they do together is what the batch does. Throws `malformed_request` for a batch
 * that has no one reading, and `body_too_large` over 4 MiB.
 */
export async function resolveBatch(
  request: AgentRequest,
  dialect: BatchDialect,
  resolve: (inner: BatchedRequest) => Resolution | Promise<Resolution>,
): Promise<Resolution> {
  if (request.method !== 'POST') throw refused('a batch is sent with POST');
  const all: Action[] = [];
  for (const [i, inner] of (await readBatch(request, dialect)).entries()) {
    const resolution = await resolve(inner);
    if ('unresolved' in resolution)
      return { unresolved: `request ${i + 1} of the batch: ${resolution.unresolved}` };
    all.push(...resolution.actions);
  }
  const [first, ...others] = new Map(all.map((action) => [JSON.stringify(action), action])).values();
  return first === undefined ? { unresolved: 'the batch has no request' } : { actions: [first, ...others] };
}

const mostBytes = 4 * 1024 * 1024;

async function readBatch(request: AgentRequest, dialect: BatchDialect): Promise<readonly BatchedRequest[]> {
  const content = await readDecoded(request, mostBytes);
  if (!isJson(request)) throw refused('a batch is application/json in UTF-8');
  const { requests } = membersOf(
    readJson(decodeUtf8(content), { isExact: false }),
    ['requests'],
    'the batch',
  );
  if (!Array.isArray(requests)) throw refused('the batch has no list of requests');
  if (requests.length > dialect.most) throw refused(`the batch has more than ${dialect.most} requests`);
  return requests.map((one) => readOne(one, dialect));
}

function readOne(value: unknown, dialect: BatchDialect): BatchedRequest {
  const members = membersOf(value, dialect.members, 'a request of the batch');
  const method = members[dialect.method];
  const { url } = members;
  if (typeof method !== 'string' || typeof url !== 'string') {
    throw refused(`a request of the batch has no ${dialect.method} or no url in text`);
  }
  const content = members[dialect.content];
  const headers = headersOf(dialect.headers === undefined ? undefined : members[dialect.headers]);
  const hasContent = content !== undefined && content !== null;
  if (hasContent && typeof content !== 'object' && dialect.takesText !== true) {
    throw refused(`a request of the batch has ${dialect.content} that is no JSON object`);
  }
  // what is not JSON there is text that the service would take as it is
  if (hasContent && !headers.some((name, i) => i % 2 === 0 && name.toLowerCase() === 'content-type')) {
    headers.push('content-type', 'application/json');
  }
  return {
    method: method.toUpperCase(),
    ...splitTarget(dialect.target(url)),
    headers,
    body: hasContent ? bodyOf(JSON.stringify(content)) : emptyBody,
  };
}

/** The headers of a request in a batch. Throws `malformed_request` for credentials: they are the agent's own, which nothing would take away. */
export function headersOf(value: unknown): RawHeaders {
  if (value === undefined || value === null) return [];
  if (typeof value !== 'object' || Array.isArray(value)) throw refused('headers of the batch are no object');
  return Object.entries(value).flatMap(([name, field]) => {
    if (typeof field !== 'string') throw refused(`header ${printable(name)} of the batch is no text`);
    if (/^(?:proxy-)?authorization$|^cookie$|^host$|^x-ms-authorization/i.test(name.trim())) {
      throw refused(`header ${printable(name)} of the batch is not for a request inside it; leave it out`);
    }
    return [name.trim(), field];
  });
}

/** An object of no other members than `known`, spelled so: some services read names without regard to case. */
function membersOf(
  value: unknown,
  known: readonly string[],
  what: string,
): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw refused(`${what} is no object`);
  for (const name of Object.keys(value)) {
    if (known.includes(name)) continue;
    const meant = known.find((one) => isTakenFor(name, one));
    const remedy =
      meant === undefined ? 'which is not known; leave it out' : `which can be taken for ${meant}`;
    throw refused(`${what} has ${printable(name)}, ${remedy}`);
  }
  return value as Readonly<Record<string, unknown>>;
}

function refused(why: string): PaiError {
  return new PaiError('malformed_request', why);
}
