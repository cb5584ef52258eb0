import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { readBody, sendJson } from '../tls-service.ts';

interface Resource {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly location: string;
  readonly [more: string]: unknown;
}

/** The only subscription. */
export const subscription = '11111111-2222-3333-4444-555555555555';

/** Resource groups and storage accounts of a subscription, as Resource Manager has them. */
export function createArm(tenant: string) {
  const resources = new Map<string, Resource>();
  const running = new Map<string, Resource>();
  const base = `/subscriptions/${subscription}`;

  return async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    const url = new URL(req.url ?? '/', 'https://management.azure.com');
    const path = url.pathname.replace(/^\/+/, '/').replace(/\/$/, '');
    const key = path.toLowerCase();
    const body = (await readBody(req)).toString();
    if (!url.searchParams.has('api-version'))
      return refuse(res, 400, 'MissingApiVersionParameter', 'api-version');
    const shown = {
      id: base,
      subscriptionId: subscription,
      tenantId: tenant,
      displayName: 'e2e',
      state: 'Enabled',
    };
    if (key === '/subscriptions') return sendJson(res, 200, { value: [shown] });
    if (key === '/tenants')
      return sendJson(res, 200, { value: [{ id: `/tenants/${tenant}`, tenantId: tenant }] });
    if (!key.startsWith(base)) return refuse(res, 404, 'SubscriptionNotFound', path);
    if (key === base) return sendJson(res, 200, shown);
    const [, operation] = /\/asyncoperations\/([^/]+)$/.exec(key) ?? [];
    if (operation !== undefined) {
      const made = running.get(operation);
      return made === undefined ? refuse(res, 404, 'NotFound', path) : sendJson(res, 200, made);
    }
    if (key.endsWith('/checknameavailability')) return sendJson(res, 200, { nameAvailable: true });
    if (key.endsWith('/listkeys'))
      return sendJson(res, 200, { keys: [{ keyName: 'key1', value: 'c2VjcmV0', permissions: 'FULL' }] });
    const isCollection = path.replace(/^.*\/providers\//, '').split('/').length % 2 === 0;
    if (req.method === 'GET' && isCollection) {
      const group = key.replace(/\/providers\/.*$/, '');
      const type = /\/providers\/(.+)$/.exec(key)?.[1];
      const isWanted = ({ id, type: own }: Resource) =>
        id.toLowerCase().startsWith(`${group}/`) &&
        (type === undefined ? own === 'Microsoft.Resources/resourceGroups' : own.toLowerCase() === type);
      const groups = [...resources.values()].filter((each) =>
        key === `${base}/resourcegroups`
          ? each.type === 'Microsoft.Resources/resourceGroups'
          : isWanted(each),
      );
      return sendJson(res, 200, { value: groups });
    }
    const held = resources.get(key);
    if (req.method === 'PUT' || req.method === 'PATCH') {
      const given = body === '' ? {} : JSON.parse(body);
      const type = key.includes('/providers/')
        ? 'Microsoft.Storage/storageAccounts'
        : 'Microsoft.Resources/resourceGroups';
      const properties = { ...given.properties, provisioningState: 'Succeeded' };
      const made: Resource = {
        ...held,
        ...given,
        id: path,
        name: path.split('/').pop() ?? '',
        type,
        properties,
      };
      resources.set(key, made);
      if (req.method === 'PATCH' || type.endsWith('resourceGroups'))
        return sendJson(res, held === undefined ? 201 : 200, made);
      const id = randomUUID();
      running.set(id, made);
      const at = `https://management.azure.com${base}/providers/Microsoft.Storage/locations/westeurope/asyncoperations/${id}?api-version=2023-01-01`;
      res.writeHead(202, { location: at, 'retry-after': '0', 'content-length': '0' }).end();
      return;
    }
    if (held === undefined) {
      if (req.method === 'DELETE') {
        res.writeHead(204).end();
        return;
      }
      return refuse(res, 404, 'ResourceNotFound', `The Resource '${path}' was not found.`);
    }
    if (req.method === 'DELETE') {
      resources.delete(key);
      res.writeHead(200, { 'content-length': '0' }).end();
      return;
    }
    sendJson(res, 200, held);
  };
}

function refuse(res: ServerResponse, status: number, code: string, message: string): void {
  sendJson(res, status, { error: { code, message } });
}
