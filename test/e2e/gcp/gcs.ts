import type { IncomingMessage, ServerResponse } from 'node:http';
import { readBody, sendJson } from '../tls-service.ts';
import { checkAccess } from './gcs-access.ts';
import { callJson, checkGeneration, type Reply } from './gcs-json.ts';
import { type Bucket, GcsError } from './gcs-store.ts';
import { createUploads } from './gcs-uploads.ts';
import { answerXml, sendXmlError } from './gcs-xml.ts';
import type { Grant, Tokens } from './tokens.ts';

const hosts = /^(?:(?<bucket>.+)\.)?storage\.googleapis\.com$|^www\.googleapis\.com$/;

/** A Cloud Storage that lets nobody in without a live token that covers what it is asked. */
export function createGcs(tokens: Tokens, buckets: Map<string, Bucket>) {
  const uploads = createUploads();

  const grantOf = async (req: IncomingMessage, url: URL): Promise<Grant> => {
    if (url.searchParams.has('access_token')) throw new GcsError(400, 'invalid', 'access_token in the query');
    const [, bearer] = /^Bearer (.+)$/.exec(req.headers.authorization ?? '') ?? [];
    const grant = bearer && (await tokens.check(bearer, 'https://storage.googleapis.com'));
    if (!grant) throw new GcsError(401, 'authError', 'Invalid Credentials');
    return grant;
  };

  const upload = async (req: IncomingMessage, res: ServerResponse, url: URL, grant: Grant) => {
    const id = url.searchParams.get('upload_id');
    if (id !== null) return uploads.resume(req, res, id, grant.email);
    const name = /\/b\/([^/]+)\/o$/.exec(url.pathname)?.[1];
    const bucket = buckets.get(decodeURIComponent(name ?? ''));
    if (bucket === undefined) throw new GcsError(404, 'notFound', 'The specified bucket does not exist.');
    const allow = (object: string) => {
      checkAccess(grant, { permission: 'storage.objects.create', bucket: bucket.name, object });
      checkGeneration(bucket, object, url.searchParams);
    };
    return uploads.begin({ req, res, url, bucket, email: grant.email, allow });
  };

  const json = async (req: IncomingMessage, url: URL, grant: Grant): Promise<Reply> => {
    const path = url.pathname.replace(/^(?:\/download)?\/storage\/v1\//, '');
    const segments = path.split('/').map(decodeURIComponent);
    const { method = 'GET', headers } = req;
    return callJson({
      method,
      segments,
      query: url.searchParams,
      headers,
      body: await readBody(req),
      grant,
      buckets,
    });
  };

  /** Each part is a request with one token for all, as clients of ours send it. */
  const batch = async (req: IncomingMessage, res: ServerResponse, grant: Grant) => {
    const boundary = /boundary=["']?([^"';]+)/.exec(req.headers['content-type'] ?? '')?.[1] ?? '';
    const text = (await readBody(req)).toString();
    const answers = text
      .split(`--${boundary}`)
      .slice(1, -1)
      .map((part) => {
        const [outer = '', head = '', ...rest] = part.replace(/^\r?\n/, '').split(/\r?\n\r?\n/);
        const id = /content-id: *([^\r\n]+)/i.exec(outer)?.[1] ?? '';
        const [, method = '', target = ''] = /^([A-Z]+) (\S+)/.exec(head) ?? [];
        const url = new URL(target, 'https://storage.googleapis.com');
        const segments = url.pathname
          .replace(/^\/storage\/v1\//, '')
          .split('/')
          .map(decodeURIComponent);
        const body = Buffer.from(rest.join('\n\n').trim());
        const reply = attempt(() =>
          callJson({ method, segments, query: url.searchParams, headers: {}, body, grant, buckets }),
        );
        const content = reply.json === undefined ? '' : JSON.stringify(reply.json);
        const inner = `HTTP/1.1 ${reply.status} OK\r\nContent-Type: application/json\r\nContent-Length: ${content.length}`;
        const answered = id.replace('<', '<response-');
        return `--answer\r\nContent-Type: application/http\r\nContent-ID: ${answered}\r\n\r\n${inner}\r\n\r\n${content}\r\n`;
      });
    res.writeHead(200, { 'content-type': 'multipart/mixed; boundary=answer' });
    res.end(`${answers.join('')}--answer--\r\n`);
  };

  return async (req: IncomingMessage, res: ServerResponse, host: string): Promise<boolean> => {
    const match = hosts.exec(host);
    if (match === null) return false;
    const url = new URL(req.url ?? '/', `https://${host}`);
    const isJson = /^\/(?:(?:upload|download|resumable\/upload)\/)?storage\/v1\/|^\/batch\//.test(
      url.pathname,
    );
    const inHost = match.groups?.['bucket'];
    if (!isJson && host === 'www.googleapis.com') return false;
    try {
      const grant = await grantOf(req, url);
      if (inHost === undefined && url.pathname.startsWith('/batch/')) await batch(req, res, grant);
      else if (isJson && /^\/(?:resumable\/)?upload\//.test(url.pathname)) await upload(req, res, url, grant);
      else if (isJson) sendReply(res, await json(req, url, grant));
      else {
        const [first = '', ...rest] = url.pathname.slice(1).split('/').map(decodeURIComponent);
        const bucket = buckets.get(inHost ?? first);
        if (bucket === undefined)
          throw new GcsError(404, 'NoSuchBucket', 'The specified bucket does not exist.');
        const object = (inHost === undefined ? rest : [first, ...rest]).join('/');
        await answerXml({ req, res, url, bucket, object, grant });
      }
    } catch (error) {
      if (!(error instanceof GcsError)) throw error;
      req.resume();
      if (isJson) sendReply(res, errorReply(error));
      else sendXmlError(res, error);
    }
    return true;
  };
}

function attempt(call: () => Reply): Reply {
  try {
    return call();
  } catch (error) {
    if (error instanceof GcsError) return errorReply(error);
    throw error;
  }
}

function errorReply({ status, reason, message }: GcsError): Reply {
  const error = { code: status, message, errors: [{ message, domain: 'global', reason }] };
  return { status, json: { error } };
}

function sendReply(res: ServerResponse, { status, headers = {}, json, content }: Reply): void {
  if (json !== undefined) return sendJson(res, status, json, headers);
  res.writeHead(status, { ...headers, 'content-length': `${content?.length ?? 0}` });
  res.end(content);
}
