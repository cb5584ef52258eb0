import {
  bodyOf,
  deleteHeader,
  getHeader,
  getHeaders,
  PaiError,
  readDecoded,
  readForm,
  readMediaType,
  splitTarget,
  type UpstreamRequest,
} from '@pai/core';
import { hasSignature } from './answer/shared-access.ts';
import { isEntityBatch } from './data/storage.ts';
import type { AzureService } from './endpoint.ts';
import { credentialSlots } from './slots.ts';

/** Bytes of a batch: https://learn.microsoft.com/rest/api/storageservices/blob-batch */
const mostBytes = 4 * 1024 * 1024;

/**
 * Puts the credential of a request on the requests in its content too, where it is a batch of blobs, each of which has one
 * of its own. Rejects with `malformed_request` for a batch with anything in it that could be read as a credential and not
 * be found, and for a batch of entities with a credential inside.
 */
export async function authorizeBatch(request: UpstreamRequest, service: AzureService): Promise<void> {
  if (request.method !== 'POST') return;
  const { path, query } = splitTarget(request.target);
  const isBlobs = (service === 'blob' || service === 'dfs') && isBlobBatch(query);
  const isEntities = service === 'table' && isEntityBatch(path);
  if (!isBlobs && !isEntities) return;
  const content = (await readDecoded(request, mostBytes)).toString('latin1');
  if (isEntities) {
    if (heads.test(content)) throw refused('has a credential in one of its parts; leave it out');
    return;
  }
  const authorization = getHeader(request.headers, 'authorization') ?? '';
  request.body = bodyOf(Buffer.from(withAuthorization(request, content, authorization), 'latin1'));
  deleteHeader(request.headers, 'content-encoding');
}

function isBlobBatch(query: string): boolean {
  return readForm(query).some(([name, value]) => /^comp$/i.test(name) && /^batch$/i.test(value));
}

const names = credentialSlots.headers.join('|');
/** A line that a server could read as one of the fields that hold credentials. */
const heads = new RegExp(`^[ \\t]*(?:${names})[ \\t]*:`, 'im');
const field = new RegExp(`^(?:${names}):[^\\r\\n]*\\r\\n`, 'gim');

function withAuthorization(request: UpstreamRequest, content: string, authorization: string): string {
  if (getHeaders(request.headers, 'content-type').length !== 1) throw refused('has no one content-type');
  const delimiter = `--${readMediaType(request).parameters.get('boundary') ?? ''}`;
  if (delimiter === '--') throw refused('has no boundary');
  const [preamble = '', ...parts] = content.split(delimiter);
  const last = parts.pop();
  if (last?.startsWith('--') !== true || heads.test(preamble + last)) throw refused('has no end');
  const written = parts.map((part) => {
    const plain = part.replace(field, '');
    const [, before, line, query = '', after] =
      /^(\r\n.*?\r\n\r\n)([A-Z]+ [^\s?]+(?:\?(\S*))? HTTP\/1\.1\r\n)(.*)$/s.exec(plain) ?? [];
    if (line === undefined || heads.test(plain) || hasSignature(query)) {
      throw refused('has a part in which a credential of its own cannot be ruled out');
    }
    return `${before}${line}Authorization: ${authorization}\r\n${after}`;
  });
  return [preamble, ...written, last].join(delimiter);
}

function refused(why: string): PaiError {
  return new PaiError(
    'malformed_request',
    `the batch ${why}; write it as storage documents it, or send its requests one by one`,
  );
}
