import { type AgentRequest, decodeUtf8, isPaiError, readDecoded, readJson } from '@pai/core';
import type { Content } from '../reading.ts';
import { readCbor } from './cbor.ts';

/** Reads the content of a request as `syntax` when first asked to, of at most `limit` bytes. */
export function createContent(
  request: Pick<AgentRequest, 'headers' | 'body'>,
  syntax: 'json' | 'cbor' | 'xml',
  limit: number,
): () => Promise<Content> {
  let content: Promise<Content> | undefined;
  return () => {
    content ??= readContent(request, syntax, limit);
    return content;
  };
}

async function readContent(
  request: Pick<AgentRequest, 'headers' | 'body'>,
  syntax: 'json' | 'cbor' | 'xml',
  limit: number,
): Promise<Content> {
  if (request.body.length === 0) return { value: undefined };
  if (syntax === 'xml') return { unread: 'the content is XML' };
  const bytes = await readBytes(request, limit);
  if ('unread' in bytes) return bytes;
  if (bytes.length === 0) return { value: undefined };
  return { value: syntax === 'json' ? readJson(decodeUtf8(bytes)) : readCbor(bytes) };
}

async function readBytes(
  request: Pick<AgentRequest, 'headers' | 'body'>,
  limit: number,
): Promise<Buffer | { readonly unread: string }> {
  try {
    return await readDecoded(request, limit);
  } catch (thrown) {
    if (isPaiError(thrown) && thrown.code === 'body_too_large') return { unread: thrown.message };
    throw thrown;
  }
}
