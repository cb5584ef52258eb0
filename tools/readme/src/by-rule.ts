import { type Provider, resolveRequest, Secret } from '@pai/core';
import { requestFor } from '@pai/core/conformance';
import { azure } from '../../../packages/provider-azure/src/index.ts';
import { httpToken } from '../../../packages/provider-http-token/src/index.ts';
import { mcp } from '../../../packages/provider-mcp/src/index.ts';
import type { ActionTable } from './catalogued.ts';
import { code, formatTable } from './table.ts';

const context = {
  name: 'example',
  secrets: {
    read: (key: string) => new Secret(key, 'the-real-one-0123456789'),
    derive: (name: string, value: string) => new Secret(name, value),
  },
  isOffline: true,
  signal: new AbortController().signal,
  fetch: () => Promise.reject(new Error('nothing is fetched for a table')),
  now: () => 0,
  log: () => {},
};

/** A request whose actions a table shows. */
interface Shown {
  readonly line: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** In place of the line. */
  readonly as?: string;
}

/** The types whose names of actions follow from the request by a rule: what the type says of some requests. */
export const byRule: Readonly<Record<string, ActionTable>> = {
  azure: () =>
    resolved(
      azure.create(
        {
          type: 'azure',
          auth: { type: 'azure-client-credentials', secretRef: 'app' },
          config: { tenantId: '11111111-2222-4333-8444-555555555555' },
        },
        context,
      ),
      azureRequests.map((line) => ({ line, headers: { 'x-ms-version': '2023-11-03' } })),
    ),
  mcp: () =>
    resolved(
      mcp.create(
        {
          type: 'mcp',
          mcp: { transport: 'http', url: 'https://mcp.example.com/mcp' },
          auth: { type: 'api-key', secretRef: 'key' },
        },
        context,
      ),
      messages.map(([method, params]) => ({
        line: 'POST https://mcp.example.com/mcp',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
        as: `${method} ${JSON.stringify(params)}`,
      })),
    ),
  'http-token': () =>
    resolved(
      httpToken.create(
        { type: 'http-token', host: 'orders.example.com', auth: { type: 'bearer', secretRef: 'key' } },
        context,
      ),
      ['GET https://orders.example.com/v1/orders', 'DELETE https://orders.example.com/v1/orders/7'].map(
        (line) => ({ line }),
      ),
    ),
};

const storage = '/subscriptions/S/resourceGroups/G/providers/Microsoft.Storage/storageAccounts/acct';

const azureRequests = [
  `GET https://management.azure.com${storage}`,
  `PUT https://management.azure.com${storage}`,
  `DELETE https://management.azure.com${storage}`,
  `POST https://management.azure.com${storage}/listKeys`,
  'GET https://graph.microsoft.com/v1.0/users',
  'GET https://acct.blob.core.windows.net/data/a.txt',
  'PUT https://acct.blob.core.windows.net/data?restype=container',
  'DELETE https://acct.queue.core.windows.net/jobs',
  'GET https://acct.table.core.windows.net/Orders',
  'GET https://kv.vault.azure.net/secrets/s',
  'PUT https://kv.vault.azure.net/secrets/s',
];

const messages = [
  ['tools/call', { name: 'create_issue', arguments: {} }],
  ['tools/list', {}],
  ['resources/read', { uri: 'file:///a' }],
  ['prompts/get', { name: 'review' }],
  [
    'completion/complete',
    { ref: { type: 'ref/prompt', name: 'review' }, argument: { name: 'a', value: 'b' } },
  ],
  ['ping', {}],
] as const;

async function resolved(provider: Provider, requests: readonly Shown[]): Promise<string> {
  const rows = await Promise.all(
    requests.map(async ({ line, headers = {}, body, as = line }) => {
      const [method = '', url = ''] = line.split(' ');
      const request = requestFor({ method, url, headers, ...(body !== undefined && { body }) });
      const found = await resolveRequest(provider, request);
      if ('unresolved' in found) throw new Error(`${as}: ${found.unresolved}`);
      const { actions } = found;
      return [
        code(as),
        actions.map(({ name }) => code(name)).join(', '),
        actions.map(({ resource = '' }) => resource && code(resource)).join(' '),
      ];
    }),
  );
  const table = formatTable(['request', 'actions', 'resource'], rows);
  return `Names follow from the request. \`pai explain METHOD URL\` names those of any; some of them:\n\n${table}`;
}
