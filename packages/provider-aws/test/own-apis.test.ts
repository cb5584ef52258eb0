import { expect, test } from 'vitest';
import type { Endpoint } from '../src/index.ts';
import { ownApiAction } from '../src/own-apis.ts';

const endpoint = (service: string, ...labels: string[]): Endpoint => ({
  service,
  models: [],
  signingName: service,
  region: 'eu-west-1',
  partition: 'aws',
  labels,
  algorithm: 'sigv4',
  isGlobal: false,
});

const at = (service: string, labels: string[], request: string) => {
  const [method = '', path = '', ...headers] = request.split(' ');
  const action = ownApiAction(
    { method, path, query: '', headers },
    endpoint(service, ...labels),
    '123456789012',
  );
  return action === undefined ? undefined : `${action.name} ${action.resource ?? action.reach}`;
};

const arn = (rest: string) => `arn:aws:${rest}`;

test.each<[service: string, labels: string[], request: string, meaning: string]>([
  [
    'execute-api',
    ['abc123'],
    'GET /prod/pets/1',
    `execute-api:Invoke ${arn('execute-api:eu-west-1:123456789012:abc123/prod/GET/pets/1')}`,
  ],
  [
    'execute-api',
    ['abc123'],
    'POST /',
    `execute-api:Invoke ${arn('execute-api:eu-west-1:123456789012:abc123//POST')}`,
  ],
  [
    'execute-api',
    ['abc123-vpce-0a1b'],
    'GET /prod/x',
    `execute-api:Invoke ${arn('execute-api:eu-west-1:123456789012:abc123/prod/GET/x')}`,
  ],
  [
    'execute-api',
    ['abc123'],
    'GET /prod/a%20b',
    `execute-api:Invoke ${arn('execute-api:eu-west-1:123456789012:abc123/prod/GET/a b')}`,
  ],
  [
    'execute-api',
    ['abc123'],
    'POST /prod/@connections/x%3D',
    `execute-api:ManageConnections ${arn('execute-api:eu-west-1:123456789012:abc123/prod/POST/@connections/x=')}`,
  ],
  [
    'execute-api',
    ['abc123'],
    'DELETE /prod/%40connections/x',
    `execute-api:ManageConnections ${arn('execute-api:eu-west-1:123456789012:abc123/prod/DELETE/@connections/x')}`,
  ],
  [
    'es-domain',
    ['search-my-logs-abcdefghijklmnopqrstuvwxyz'],
    'GET /idx/_search',
    `es:ESHttpGet ${arn('es:eu-west-1:123456789012:domain/my-logs/idx/_search')}`,
  ],
  [
    'es-domain',
    ['vpc-my-logs-abcdefghijklmnopqrstuvwxyz'],
    'DELETE /idx',
    `es:ESHttpDelete ${arn('es:eu-west-1:123456789012:domain/my-logs/idx')}`,
  ],
  ['es-domain', ['my-logs'], 'POST /_bulk', 'es:ESHttpPost any'],
  [
    'aoss-collection',
    ['c0llect10n'],
    'POST /idx/_search',
    `aoss:APIAccessAll ${arn('aoss:eu-west-1:123456789012:collection/c0llect10n')}`,
  ],
  [
    'gateway.bedrock-agentcore',
    ['gw-1'],
    'POST /mcp',
    `bedrock-agentcore:InvokeGateway ${arn('bedrock-agentcore:eu-west-1:123456789012:gateway/gw-1')}`,
  ],
  ['appsync-api', ['abc'], 'POST /graphql', 'appsync:GraphQL any'],
  ['appsync-api', ['abc'], 'POST /event', 'appsync:EventPublish any'],
  ['lambda-url', ['abc'], 'GET /any/path', 'lambda:InvokeFunctionUrl any'],
  ['lambda-url', ['abc'], 'GET /reports/2015-03-31', 'lambda:InvokeFunctionUrl any'],
  ['osis-pipeline', ['p-x'], 'POST /log/ingest', 'osis:Ingest any'],
  ['vpc-lattice-svcs', ['svc', 'x'], 'GET /', 'vpc-lattice-svcs:Invoke any'],
  [
    'aps-workspaces',
    [],
    'POST /workspaces/ws-1/api/v1/remote_write',
    `aps:RemoteWrite ${arn('aps:eu-west-1:123456789012:workspace/ws-1')}`,
  ],
  [
    'aps-workspaces',
    [],
    'GET /workspaces/ws-1/api/v1/query_range',
    `aps:QueryMetrics ${arn('aps:eu-west-1:123456789012:workspace/ws-1')}`,
  ],
  [
    'aps-workspaces',
    [],
    'GET /workspaces/ws-1/api/v1/label/job/values',
    `aps:GetLabels ${arn('aps:eu-west-1:123456789012:workspace/ws-1')}`,
  ],
])('names a request to %s %j: %s', (service, labels, request, meaning) => {
  expect(at(service, labels, request)).toBe(meaning);
});

test.each<[service: string, labels: string[], request: string, why: RegExp]>([
  ['execute-api', ['abc123'], 'GET /prod/../admin', /dot segment/],
  ['execute-api', ['abc123'], 'GET /prod//admin', /empty segment/],
  ['execute-api', ['abc123'], 'get /prod/admin', /no method that is judged/],
  ['lambda-url', ['abc'], 'GET /%2e%2e/x', /dot segment/],
  ['appsync-api', ['abc'], 'POST /graphql/', /neither/],
  ['execute-api', ['abc123'], 'GET /prod/pets X-HTTP-Method-Override DELETE', /asks for another method/],
  ['lambda-url', ['abc'], 'DELETE /2015-03-31/functions/production', /a path of Lambda's own API/],
  ['lambda-url', ['abc'], 'DELETE /%32015-03-31/functions/production', /a path of Lambda's own API/],
  ['lambda-url', ['abc'], 'TRACE /', /no method that is judged/],
  ['es-domain', ['search-x-abcdefghijklmnopqrstuvwxyz'], 'OPTIONS /', /OPTIONS is no verb/],
  ['es-domain', ['search-x-abcdefghijklmnopqrstuvwxyz'], 'GET /a/%252e%252e/b', /doubly encoded/],
  ['aps-workspaces', [], 'DELETE /workspaces/ws-1/api/v1/remote_write', /no operation of a workspace/],
  ['aps-workspaces', [], 'POST /other/ws-1/api/v1/remote_write', /no operation of a workspace/],
])('refuses a request to %s %j: %s', (service, labels, request, why) => {
  expect(() => at(service, labels, request)).toThrow(why);
});

test('has nothing to say of other hosts', () => {
  expect(at('dynamodb', [], 'POST /')).toBeUndefined();
  expect(at('constructor', [], 'POST /')).toBeUndefined();
});

test.each(['x-apigw-api-id', 'X-Apigw-Api-Id', 'x_apigw_api_id'])(
  'an API in the header %s, beside that of the host, is refused',
  (name) => {
    expect(() => at('execute-api', ['abc123'], `GET /prod/x ${name} other`)).toThrow(/^x-apigw-api-id names/);
  },
);
