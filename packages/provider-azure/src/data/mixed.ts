import {
  type AgentRequest,
  bodyOf,
  decodeUtf8,
  emptyBody,
  findMethodOverride,
  getHeaders,
  printable,
  type RawHeaders,
  readMediaType,
  splitTarget,
} from '@pai/core';
import { unreadable } from './refuse.ts';

/** One part of `multipart/mixed`. */
export interface MixedPart {
  readonly headers: RawHeaders;
  readonly content: Buffer;
}

/** More parts than any of Azure's batches may have (256 for blobs, 100 for entities). */
const mostParts = 1_000;

/**
 * The parts of `multipart/mixed` content (RFC 2046 section 5.1). Throws `malformed_request` wherever two readers could
 * disagree: another type, a delimiter's text inside a line, anything but empty lines before the first or after the last one, parts whose
 * fields are folded or whose content is encoded.
 */
export function readMixed({ headers }: Pick<AgentRequest, 'headers'>, content: Buffer): readonly MixedPart[] {
  const { type, parameters } = readMediaType({ headers });
  const boundary = parameters.get('boundary') ?? '';
  if (type !== 'multipart/mixed' || !/^[\w'()+,./:=?-]{1,70}$/.test(boundary)) {
    throw notPlain('is not multipart/mixed with a boundary that all servers read alike');
  }
  const text = content.toString('latin1');
  const delimiter = `--${boundary}`;
  const pieces = `\r\n${text}`.split(`\r\n${delimiter}`);
  const last = pieces.pop() ?? '';
  if (!/^(?:\r\n)*$/.test(pieces[0] ?? '') || pieces.length < 2 || !/^--(?:\r\n)*$/.test(last)) {
    throw notPlain('does not begin and end with its boundary');
  }
  if (pieces.length > mostParts) throw notPlain('has too many parts');
  return pieces.slice(1).map((piece) => {
    if (!piece.startsWith('\r\n') || piece.includes(delimiter))
      throw notPlain('has its boundary inside a line');
    return readPart(Buffer.from(piece.slice(2), 'latin1'));
  });
}

function readPart(part: Buffer): MixedPart {
  const { headers, content } = readHead(part);
  const transfer = getHeaders(headers, 'content-transfer-encoding');
  if (transfer.some((value) => !/^(?:7bit|8bit|binary)$/i.test(value.trim()))) {
    throw notPlain('has a part that is encoded');
  }
  return { headers, content };
}

/** Fields up to the empty line, and what follows it. Where there is none, everything is fields. */
function readHead(bytes: Buffer): MixedPart {
  const isBare = bytes.length >= 2 && bytes[0] === 0x0d && bytes[1] === 0x0a;
  const end = isBare ? 0 : bytes.indexOf('\r\n\r\n');
  const head = decodeUtf8(end === -1 ? bytes : bytes.subarray(0, end));
  const headers: RawHeaders = [];
  for (const line of head.split('\r\n')) {
    if (line === '') continue;
    const [, name, value] = /^([\w-]+):([^\x00-\x08\x0a-\x1f\x7f]*)$/.exec(line) ?? [];
    if (name === undefined || value === undefined) throw notPlain('has a field that is not plain');
    headers.push(name, value.trim());
  }
  if (end === -1) return { headers, content: Buffer.alloc(0) };
  return { headers, content: bytes.subarray(end + (isBare ? 2 : 4)) };
}

/** Whether a part is itself `multipart/mixed`: a change set (OData 3.0, "Batch Processing"). */
export function isMixed({ headers }: MixedPart): boolean {
  return /^multipart\//i.test(getHeaders(headers, 'content-type')[0] ?? '');
}

/**
 * The request that a part of the type `application/http` is, as an agent would have sent it to the same host. Throws
 * `malformed_request` for another type, another host and whatever is no HTTP/1.1 request.
 */
export function readHttpPart(request: AgentRequest, part: MixedPart): AgentRequest {
  const types = getHeaders(part.headers, 'content-type');
  if (types.length !== 1 || !/^application\/http\s*(?:;|$)/i.test(types[0] ?? '')) {
    throw notPlain('has a part that is no application/http');
  }
  const end = part.content.indexOf('\r\n');
  const line = part.content.subarray(0, end === -1 ? part.content.length : end).toString('latin1');
  const [, method = '', given = ''] = /^([A-Z]{3,7}) (\S+) HTTP\/1\.1$/.exec(line) ?? [];
  if (method === '')
    throw notPlain('has a part that does not begin with a line such as DELETE /container/blob HTTP/1.1');
  const [, host, own] = /^https?:\/\/([^/?#@]+)(\/.*)$/i.exec(given) ?? [];
  if (host !== undefined && host.toLowerCase().replace(/:443$/, '') !== request.host) {
    throw unreadable(`a part of the batch goes to ${printable(host)}; send it there on its own`);
  }
  const target = own ?? given;
  const { headers, content } = readHead(end === -1 ? Buffer.alloc(0) : part.content.subarray(end + 2));
  const hosts = getHeaders(headers, 'host');
  if (hosts.some((name) => name.toLowerCase().replace(/:443$/, '') !== request.host)) {
    throw unreadable('a part of the batch has a Host other than that of the batch; leave it out');
  }
  const override = findMethodOverride({ headers, query: splitTarget(target).query });
  if (override !== undefined)
    throw unreadable(`${override} asks for another method in a part; send that method`);
  const isEmpty = /^(?:\r\n)*$/.test(content.toString('latin1'));
  const body = isEmpty ? emptyBody : bodyOf(content);
  return { ...request, method, target, ...splitTarget(target), headers, body };
}

function notPlain(why: string): Error {
  return unreadable(
    `the batch ${why}, so that it could be read in two ways; send it as the service documents it`,
  );
}
