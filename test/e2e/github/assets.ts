import type { IncomingMessage, ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import type { RestService } from './rest.ts';

/** Assets of releases: what the REST API tells of them, with their content beside it. */
export interface Assets {
  readonly upload: (req: IncomingMessage, res: ServerResponse) => Promise<void>;
  /** Whether a request wants the content of an asset, and not what is told of it. */
  readonly isDownload: (req: IncomingMessage) => boolean;
  /** Sends a download on to where the content is, by a URL that is signed. */
  readonly redirect: (target: string, res: ServerResponse) => void;
  readonly download: (target: string, res: ServerResponse) => void;
}

const signature = 'X-Amz-Signature=signed-by-github';

/** Keeps content in memory. */
export function createAssets(rest: RestService): Assets {
  const contents = new Map<string, Buffer>();
  return {
    upload: async (req, res) => {
      const content = await buffer(req);
      const response = await fetch(rest.origin + req.url, {
        method: 'POST',
        headers: { authorization: rest.authorization, 'content-type': req.headers['content-type'] ?? '' },
        body: new Uint8Array(content),
      });
      const asset = (await response.json()) as { id: number };
      contents.set(String(asset.id), content);
      res.writeHead(response.status, { 'content-type': 'application/json' }).end(JSON.stringify(asset));
    },
    isDownload: ({ url = '', headers }) =>
      /\/releases\/assets\/\d+$/.test(url) && headers.accept === 'application/octet-stream',
    redirect: (target, res) => {
      const location = `https://objects.githubusercontent.com/github-production-release-asset-2e65be/${target.split('/').at(-1)}?${signature}`;
      res.writeHead(302, { location }).end();
    },
    download: (target, res) => {
      const [path = '', query] = target.split('?');
      const content = contents.get(path.split('/').at(-1) ?? '');
      if (query !== signature || content === undefined) return void res.writeHead(403).end();
      res.writeHead(200, { 'content-type': 'application/octet-stream' }).end(content);
    },
  };
}
