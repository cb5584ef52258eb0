import {
  type Action,
  type ActionResolver,
  type AgentRequest,
  bodyOf,
  findMethodOverride,
  type MediaType,
  PaiError,
  parseAuthority,
  printable,
  type Resolution,
  readDecoded,
  readMediaType,
  readPath,
  splitTarget,
} from '@pai/core';
import type { GcpEndpoint } from './endpoint.ts';
import { type MixedPart, readFields, readMixed } from './multipart-mixed.ts';
import { readQuery } from './rest/query.ts';
import { credentialSlots } from './slots.ts';

/** More content than this is refused, in bytes. */
export const longestBatch = 8_388_608;

/** Whether a request is a batch of requests: a POST to `/batch` or `/batch/<api>/<version>`, in Cloud Storage the latter only. */
export function isBatch(
  { method, path }: Pick<AgentRequest, 'method' | 'path'>,
  endpoint: GcpEndpoint,
): boolean {
  if (method !== 'POST' || endpoint.bucket !== undefined) return false;
  if (endpoint.service === 'storage.googleapis.com') return /^\/batch\/storage\/v1\/?$/.test(path);
  return /^\/batch(?:\/|$)/.test(path);
}

/** The actions of every request in a batch. One that cannot be read, or is for another service, leaves all of it unresolved. */
export async function resolveBatch(
  request: AgentRequest,
  endpoint: GcpEndpoint,
  readEndpoint: (host: string) => GcpEndpoint | undefined,
  resolve: ActionResolver,
): Promise<Resolution> {
  readPath(request.path);
  readQuery(request.query);
  if (findMethodOverride(request) !== undefined) throw refuse('has a method override');
  const inner = partsOf(await readDecoded(request, longestBatch), readMediaType(request)).map((part) =>
    requestOf(part, request, endpoint, readEndpoint),
  );
  const actions = new Map<string, Action>();
  for (const [i, one] of inner.entries()) {
    if (isBatch(one, endpoint)) return { unresolved: `part ${i + 1} of the batch is a batch itself` };
    const found = await resolve(one);
    if ('unresolved' in found) return { unresolved: `part ${i + 1} of the batch: ${found.unresolved}` };
    for (const action of found.actions) actions.set(JSON.stringify(action), action);
  }
  const [first, ...others] = actions.values();
  return first === undefined ? { unresolved: 'the batch has no parts' } : { actions: [first, ...others] };
}

/**
 * The content of a batch with every `Authorization` of a part blanked out, in place: the batch has one credential, which is
 * ours. The length stays. Throws `malformed_request` for content that cannot be read.
 */
export function withoutPartCredentials(content: Buffer, type: MediaType): Buffer {
  const blanked = Buffer.from(content);
  for (const { content: part, start } of partsOf(content, type)) {
    const { head } = splitHttp(part);
    for (const { index, 0: field } of head.toString('latin1').matchAll(/^authorization:[^\r\n]*/gim)) {
      blanked.write(`x-removed:${'-'.repeat(field.length - 10)}`, start + index, 'latin1');
    }
  }
  return blanked;
}

function partsOf(content: Buffer, { type, parameters }: MediaType): readonly MixedPart[] {
  const boundary = parameters.get('boundary');
  if (type !== 'multipart/mixed' || boundary === undefined) {
    throw new PaiError(
      'malformed_request',
      `the batch is ${printable(type)}; send multipart/mixed with a boundary`,
    );
  }
  return readMixed(content, boundary);
}

function splitHttp(content: Buffer): { head: Buffer; body: Buffer; line: string } {
  const first = content.indexOf('\n');
  const line = content[first - 1] === 0x0d ? '\r\n' : '\n';
  const end = content.indexOf(`${line}${line}`);
  if (first === -1 || end === -1) return { head: content, body: Buffer.alloc(0), line };
  return { head: content.subarray(0, end), body: content.subarray(end + 2 * line.length), line };
}

function requestOf(
  part: MixedPart,
  outer: AgentRequest,
  endpoint: GcpEndpoint,
  readEndpoint: (host: string) => GcpEndpoint | undefined,
): AgentRequest {
  if (!/^application\/http(?:;|$)/i.test(part.fields.get('content-type') ?? '')) {
    throw refuse('has a part that is not application/http');
  }
  const { head, body, line } = splitHttp(part.content);
  const [start = '', ...rest] = head.toString('latin1').split(line);
  const [, method, target = ''] = /^([A-Z]+) (\S+)(?: HTTP\/1\.[01])?$/.exec(start) ?? [];
  if (method === undefined) throw refuse('has a part that does not begin with a request line');
  const lines = rest.filter((text, i) => text !== '' || i < rest.length - 1);
  const fields = readFields(lines.join(line), line);
  if (fields.has('transfer-encoding') || fields.has('content-encoding'))
    throw refuse('has a part that is encoded');
  const isOwn = (host: string) => isSameService(readEndpoint(parseAuthority(host, 443).host), endpoint);
  const [, host, relative = target] = /^https?:\/\/([^/?#]+)(.*)$/.exec(target) ?? [];
  if (host !== undefined && !isOwn(host)) throw refuse('has a part for another service');
  const { path, query } = splitTarget(relative);
  const parameters = readQuery(query);
  if (credentialSlots.query?.some((name) => parameters.has(name)) === true) {
    throw refuse('has a part with a credential in its query');
  }
  // An Authorization is blanked out before it is sent.
  if (credentialSlots.headers.some((name) => name !== 'authorization' && fields.has(name))) {
    throw refuse('has a part with a credential in a header of its own');
  }
  const named = fields.get('host');
  if (named !== undefined && !isOwn(named)) throw refuse('has a part for another service');
  const length = fields.get('content-length');
  if (length !== undefined && !isLengthOf(length, body)) {
    throw refuse('has a part whose content-length is not its length');
  }
  return {
    ...outer,
    method,
    target: relative,
    path,
    query,
    headers: [...fields].flat(),
    body: bodyOf(body.length > 0 && body.toString('latin1').trim() === '' ? '' : body),
  };
}

/** What follows the length may only be the line's end that some clients write. */
function isLengthOf(length: string, body: Buffer): boolean {
  const bytes = Number(length);
  return bytes <= body.length && body.subarray(bytes).toString('latin1').trim() === '';
}

/** A part may name the host that the batch is sent to, or another name of it. */
function isSameService(other: GcpEndpoint | undefined, { service }: GcpEndpoint): boolean {
  return other?.service === service && other.bucket === undefined;
}

function refuse(why: string): PaiError {
  return new PaiError('malformed_request', `the batch ${why}; send the requests one by one`);
}
