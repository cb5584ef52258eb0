import type { IncomingMessage, ServerResponse } from 'node:http';
import { readBody } from '../tls-service.ts';
import { checkAccess } from './gcs-access.ts';
import { download, objectOf } from './gcs-json.ts';
import { type Bucket, GcsError, listObjects, putObject } from './gcs-store.ts';
import type { Grant } from './tokens.ts';

/** One call of the XML API. */
export interface XmlCall {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly url: URL;
  readonly bucket: Bucket;
  /** '' for the bucket itself. */
  readonly object: string;
  readonly grant: Grant;
}

const escapeXml = (text: string) => text.replace(/&/g, '&amp;').replace(/</g, '&lt;');

/** Objects are put, read, shown and removed, and a bucket is listed. Throws `GcsError`. */
export async function answerXml({ req, res, url, bucket, object, grant }: XmlCall): Promise<void> {
  const may = (verb: string) =>
    checkAccess(grant, { permission: `storage.objects.${verb}`, bucket: bucket.name, object });
  if (object === '') {
    const prefix = url.searchParams.get('prefix') ?? '';
    checkAccess(grant, { permission: 'storage.objects.list', bucket: bucket.name, prefix });
    const { items } = listObjects(bucket, url.searchParams);
    const keys = items.map((name) => `<Contents><Key>${escapeXml(name)}</Key></Contents>`).join('');
    res.writeHead(200, { 'content-type': 'application/xml' });
    res.end(`<ListBucketResult><Name>${bucket.name}</Name>${keys}</ListBucketResult>`);
    return;
  }
  if (req.method === 'PUT') {
    const copied = req.headers['x-goog-copy-source']?.toString();
    may('create');
    const body = await readBody(req);
    if (copied !== undefined) throw new GcsError(501, 'NotImplemented', 'copies');
    const { generation } = putObject(bucket, object, {
      content: body,
      contentType: req.headers['content-type'],
    });
    res.writeHead(200, { 'x-goog-generation': `${generation}`, 'content-length': '0' }).end();
    return;
  }
  if (req.method === 'DELETE') {
    may('delete');
    objectOf(bucket, object, url.searchParams);
    bucket.objects.delete(object);
    res.writeHead(204).end();
    return;
  }
  may('get');
  const { status, headers, content } = download(objectOf(bucket, object, url.searchParams), req.headers);
  res.writeHead(status, { ...headers, 'content-length': `${content?.length ?? 0}` });
  res.end(req.method === 'HEAD' ? undefined : content);
}

/** The error of the XML API. */
export function sendXmlError(res: ServerResponse, { status, reason, message }: GcsError): void {
  res.writeHead(status, { 'content-type': 'application/xml' });
  const code = status === 403 ? 'AccessDenied' : status === 404 ? 'NoSuchKey' : reason;
  res.end(
    `<?xml version='1.0' encoding='UTF-8'?><Error><Code>${code}</Code><Message>${escapeXml(message)}</Message></Error>`,
  );
}
