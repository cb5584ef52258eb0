import { type AgentRequest, decodeUtf8, getHeader, getHeaders, readXml, type XmlElement } from '@pai/core';
import { unreadable } from './refuse.ts';

/**
 * The XML content of a request, of at most `limit` bytes; undefined when there is none. It has elements and text, and
 * nothing else that XML has: no attribute but S3's namespace on the root, no prefix, comment, CDATA, instruction or
 * document type, no text beside elements, no entity but the five and characters by number. Throws `malformed_request`
 * for all of those and for content that is encoded or framed, and `body_too_large`.
 */
export async function readXmlContent(
  { headers, body }: Pick<AgentRequest, 'headers' | 'body'>,
  limit: number,
): Promise<XmlElement | undefined> {
  if (body.length === 0) return undefined;
  const coding = getHeaders(headers, 'content-encoding').join(',').trim().toLowerCase();
  const hash = getHeader(headers, 'x-amz-content-sha256') ?? '';
  if ((coding !== '' && coding !== 'identity') || /^streaming-/i.test(hash)) {
    throw unreadable(
      'the content decides what the request does, and it is encoded or in aws-chunked frames; send it plainly',
    );
  }
  const content = await body.bytes(limit);
  return content.length === 0 ? undefined : readXml(decodeUtf8(content), { namespaces, of: 'S3' });
}

const namespaces: ReadonlySet<string> = new Set([
  'http://s3.amazonaws.com/doc/2006-03-01/',
  'https://s3.amazonaws.com/doc/2006-03-01/',
  'http://awss3control.amazonaws.com/doc/2018-08-20/',
]);
