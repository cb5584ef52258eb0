import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { readBody, sendJson } from '../tls-service.ts';

interface Version {
  readonly id: string;
  readonly value: string;
  readonly time: number;
}

/** Secrets of one vault, as Key Vault's API has them. */
export function createVault() {
  const secrets = new Map<string, Version[]>();
  const deleted = new Map<string, Version[]>();

  return async (req: IncomingMessage, res: ServerResponse, host: string): Promise<void> => {
    const url = new URL(req.url ?? '/', `https://${host}`);
    if (!url.searchParams.has('api-version')) return refuse(res, 400, 'BadParameter', 'api-version');
    const [, kind = '', name, version] = url.pathname.split('/');
    const show = (of: string, { id, value, time }: Version) => ({
      id: `https://${host}/secrets/${of}/${id}`,
      value,
      attributes: { enabled: true, created: time, updated: time, recoveryLevel: 'Recoverable' },
    });
    const bare = (of: string, shown: Version) => ({
      ...show(of, shown),
      value: undefined,
      id: `https://${host}/secrets/${of}`,
    });
    const body = (await readBody(req)).toString();
    if (kind === 'secrets' && name === undefined) {
      return sendJson(res, 200, {
        value: [...secrets].flatMap(([of, [first]]) => (first === undefined ? [] : [bare(of, first)])),
        nextLink: null,
      });
    }
    if (kind === 'deletedsecrets' && name !== undefined) {
      const [gone] = deleted.get(name) ?? [];
      if (gone === undefined) return refuse(res, 404, 'SecretNotFound', name);
      if (req.method === 'DELETE') {
        deleted.delete(name);
        res.writeHead(204).end();
        return;
      }
      return sendJson(res, 200, {
        ...show(name, gone),
        value: undefined,
        recoveryId: `https://${host}/deletedsecrets/${name}`,
      });
    }
    if (kind !== 'secrets' || name === undefined) return refuse(res, 404, 'NotFound', url.pathname);
    const versions = secrets.get(name) ?? [];
    if (req.method === 'PUT') {
      const { value } = body === '' ? {} : JSON.parse(body);
      if (typeof value !== 'string')
        return refuse(res, 400, 'BadParameter', 'Property value has invalid value');
      const made = { id: randomUUID().replaceAll('-', ''), value, time: Math.floor(Date.now() / 1_000) };
      secrets.set(name, [made, ...versions]);
      return sendJson(res, 200, show(name, made));
    }
    const found =
      version === undefined || version === '' ? versions[0] : versions.find(({ id }) => id === version);
    if (version === 'versions')
      return sendJson(res, 200, {
        value: versions.map((each) => ({ ...show(name, each), value: undefined })),
        nextLink: null,
      });
    if (found === undefined)
      return refuse(
        res,
        404,
        'SecretNotFound',
        `A secret with (name/id) ${name} was not found in this key vault.`,
      );
    if (req.method === 'DELETE') {
      secrets.delete(name);
      deleted.set(name, versions);
      return sendJson(res, 200, {
        ...show(name, found),
        value: undefined,
        recoveryId: `https://${host}/deletedsecrets/${name}`,
      });
    }
    sendJson(res, 200, show(name, found));
  };
}

function refuse(res: ServerResponse, status: number, code: string, message: string): void {
  sendJson(res, status, { error: { code, message } });
}
