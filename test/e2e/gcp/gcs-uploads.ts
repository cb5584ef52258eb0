import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { readBody, sendJson } from '../tls-service.ts';
import { type Bucket, GcsError, type NewObject, putObject, showObject } from './gcs-store.ts';

interface Session {
  readonly bucket: Bucket;
  readonly name: string;
  readonly about: Partial<NewObject>;
  readonly parts: Buffer[];
  readonly email: string;
  length: number;
}

interface Resource {
  name?: string;
  contentType?: string;
  metadata?: Record<string, string>;
}

/** What an upload is, before its content is there. */
export interface UploadRequest {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly url: URL;
  readonly bucket: Bucket;
  readonly email: string;
  /** Throws unless the name may be written. */
  readonly allow: (name: string) => void;
}

/** Answers uploads of the JSON API: media, multipart and resumable ones. */
export function createUploads() {
  const sessions = new Map<string, Session>();

  const finish = (res: ServerResponse, bucket: Bucket, name: string, object: NewObject) =>
    sendJson(res, 200, showObject(bucket.name, name, putObject(bucket, name, object)));

  return {
    async begin({ req, res, url, bucket, email, allow }: UploadRequest): Promise<void> {
      const type = url.searchParams.get('uploadType');
      const body = await readBody(req);
      const named = url.searchParams.get('name');
      const contentType = req.headers['content-type'];
      if (type === 'media') {
        const name = nameOf(named, {});
        allow(name);
        finish(res, bucket, name, { content: body, contentType });
        return;
      }
      if (type === 'multipart') {
        const { resource, content, type: own } = readRelated(body, contentType ?? '');
        const name = nameOf(named, resource);
        allow(name);
        finish(res, bucket, name, { content, ...resource, contentType: resource.contentType ?? own });
        return;
      }
      if (type !== 'resumable') throw new GcsError(400, 'invalid', `uploadType ${type}`);
      const resource: Resource = body.length === 0 ? {} : JSON.parse(body.toString());
      const name = nameOf(named, resource);
      allow(name);
      const id = randomBytes(12).toString('hex');
      const announced = req.headers['x-upload-content-type'];
      const about = {
        contentType: resource.contentType ?? announced?.toString(),
        metadata: resource.metadata,
      };
      sessions.set(id, { bucket, name, about, parts: [], length: 0, email });
      const query = `uploadType=resumable&name=${encodeURIComponent(name)}&upload_id=${id}`;
      const location = `https://storage.googleapis.com/upload/storage/v1/b/${bucket.name}/o?${query}`;
      res.writeHead(200, { location, 'x-guploader-uploadid': id, 'content-length': '0' });
      res.end();
    },

    /** A chunk of a resumable upload, or the question how far it is. */
    async resume(req: IncomingMessage, res: ServerResponse, id: string, email: string): Promise<void> {
      const session = sessions.get(id);
      if (session === undefined) throw new GcsError(404, 'notFound', 'No such upload');
      if (session.email !== email) throw new GcsError(403, 'forbidden', 'The upload is of another account');
      const body = await readBody(req);
      if (req.method === 'DELETE') {
        sessions.delete(id);
        res.writeHead(499, { 'content-length': '0' }).end();
        return;
      }
      const header = req.headers['content-range'] ?? `bytes 0-${body.length - 1}/${body.length}`;
      const range = /^bytes (?:(\d+)-\d+|\*)\/(\d+|\*)$/.exec(header);
      if (range === null) throw new GcsError(400, 'invalid', 'Content-Range');
      const [, first, total] = range;
      if (first !== undefined && Number(first) > session.length) {
        throw new GcsError(503, 'backendError', `a hole before ${first}`);
      }
      if (first !== undefined) {
        const fresh = body.subarray(session.length - Number(first));
        session.parts.push(fresh);
        session.length += fresh.length;
      }
      if (total !== '*' && Number(total) === session.length) {
        sessions.delete(id);
        finish(res, session.bucket, session.name, {
          ...session.about,
          content: Buffer.concat(session.parts),
        });
        return;
      }
      if (first !== undefined && body.length % 262_144 !== 0) {
        throw new GcsError(400, 'invalid', 'a chunk that is not the last has a multiple of 256 KiB');
      }
      const range308 = session.length === 0 ? {} : { range: `bytes=0-${session.length - 1}` };
      res.writeHead(308, { ...range308, 'content-length': '0' }).end();
    },
  };
}

function nameOf(inQuery: string | null, resource: Resource): string {
  const name = inQuery ?? resource.name;
  if (name === undefined || name === '') throw new GcsError(400, 'required', 'Required parameter: name');
  return name;
}

function readRelated(body: Buffer, contentType: string) {
  const boundary = /boundary=["']?([^"';]+)/.exec(contentType)?.[1];
  if (boundary === undefined) throw new GcsError(400, 'invalid', `content type ${contentType}`);
  const text = body.toString('latin1');
  const parts = text
    .split(`--${boundary}`)
    .slice(1, -1)
    .map((part) => {
      const at = /\r?\n\r?\n/.exec(part);
      const [head, rest] =
        at === null ? ['', part] : [part.slice(0, at.index), part.slice(at.index + at[0].length)];
      return { head, content: Buffer.from(rest.replace(/\r?\n$/, ''), 'latin1') };
    });
  const [about, media] = parts;
  if (about === undefined || media === undefined || parts.length !== 2) {
    throw new GcsError(400, 'invalid', `${parts.length} parts`);
  }
  const resource: Resource = JSON.parse(about.content.toString());
  const type = /content-type: *([^\r\n]+)/i.exec(media.head)?.[1];
  return { resource, content: media.content, type };
}
