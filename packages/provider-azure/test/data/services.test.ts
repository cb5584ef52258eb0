import { expect, test } from 'vitest';
import { read, reasonOf } from './reading.ts';

const vault = (path: string) => `https://vault.vault.azure.net${path}`;
const hsm = (path: string) => `https://hsm.managedhsm.azure.net${path}`;

test.each([
  ['POST', '/keys/k/v1/sign', 'keys/sign/action', '/keys/k'],
  ['POST', '/keys/k//sign', 'keys/sign/action', '/keys/k'],
  ['POST', '/keys/k/sign', 'keys/sign/action', '/keys/k'],
  ['POST', '/KEYS/k/v1/WrapKey', 'keys/wrap/action', '/keys/k'],
  ['POST', '/keys/k/v1/unwrapkey', 'keys/unwrap/action', '/keys/k'],
  ['GET', '/Secrets/db/', 'secrets/getSecret/action', '/secrets/db'],
  ['PUT', '/storage/s/sas/d', 'storageaccounts/sas/set/action', '/storage/s'],
  ['POST', '/storage/s/regeneratekey', 'storageaccounts/regeneratekey/action', '/storage/s'],
])('Key Vault: %s %s is %s', async (method, path, action, resource) => {
  expect(await read({ method, url: vault(path) })).toEqual([
    `Microsoft.KeyVault/vaults/${action} vault.vault.azure.net${resource}`,
  ]);
});

test.each([
  [
    'PUT',
    '/keys/providers/Microsoft.Authorization/roleAssignments/1',
    'roleAssignments/write/action',
    '/keys',
  ],
  ['GET', '//providers/Microsoft.Authorization/roleDefinitions', 'roleDefinitions/read/action', ''],
  [
    'DELETE',
    '/keys/k/providers/microsoft.authorization/roleassignments/1',
    'roleAssignments/delete/action',
    '/keys/k',
  ],
  ['POST', '/backup', 'backup/start/action', ''],
  ['POST', '/securitydomain/download', 'securitydomain/download/action', ''],
  ['DELETE', '/deletedkeys/k', 'keys/deletedKeys/delete', '/keys/k'],
  ['POST', '/keys/k/v1/decrypt', 'keys/decrypt/action', '/keys/k'],
])('Managed HSM: %s %s is %s', async (method, path, action, resource) => {
  expect(await read({ method, url: hsm(path) })).toEqual([
    `Microsoft.KeyVault/managedHsm/${action} hsm.managedhsm.azure.net${resource}`,
  ]);
});

test.each([
  ['an unknown collection', 'GET', vault('/brandnew')],
  ['an unknown operation', 'POST', vault('/keys/k/v1/brandnew')],
  ['an encoded slash', 'GET', vault('/secrets/a%2Fb')],
  ['a doubled slash elsewhere', 'GET', vault('/secrets//db')],
  ['a dot segment', 'GET', vault('/keys/../secrets/db')],
  ['an api-version twice', 'GET', vault('/secrets/db?api-version=7.5&api%2Dversion=7.6')],
  ['roles in a vault', 'PUT', vault('/keys/providers/Microsoft.Authorization/roleAssignments/1')],
])('Key Vault: refuses %s', async (_what, method, url) => {
  expect(await reasonOf({ method, url })).toBeTypeOf('string');
});

const store = (path: string) => `https://store.azconfig.io${path}`;
const keyValues = 'Microsoft.AppConfiguration/configurationStores/keyValues';

test.each([
  ['several', '/kv?key=a,b*', ['store.azconfig.io/kv/a', 'store.azconfig.io/kv part=b']],
  ['an escaped one', '/kv?key=a%5C,b', ['store.azconfig.io/kv part=']],
  ['a star in front', '/kv?key=*a', ['store.azconfig.io/kv part=']],
  ['an empty one', '/kv?key=', ['store.azconfig.io/kv/']],
])('App Configuration: reads a filter with %s', async (_what, path, resources) => {
  expect(await read({ url: store(path) })).toEqual(
    resources.map((resource) => `${keyValues}/read ${resource}`),
  );
});

test.each([
  ['a key filter twice', 'GET', '/kv?key=a&key=b'],
  ['an unencoded slash in a key', 'GET', '/kv/a/b'],
  ['a dot segment in a key', 'GET', '/kv/a%2F..%2Fb'],
  ['a write to all', 'PUT', '/kv'],
  ['an unknown collection', 'GET', '/brandnew'],
])('App Configuration: refuses %s', async (_what, method, path) => {
  expect(await reasonOf({ method, url: store(path) })).toBeTypeOf('string');
});

const space = (path: string) => `https://space.servicebus.windows.net${path}`;
const relay = (path: string) =>
  `Microsoft.Relay/namespaces/messages/send/action space.servicebus.windows.net${path}`;

test.each([
  [
    'a message is sent to a queue, to a hub or through a relay',
    'POST',
    '/orders/messages',
    [
      'Microsoft.ServiceBus/namespaces/messages/send/action space.servicebus.windows.net/orders',
      'Microsoft.EventHub/namespaces/messages/send/action space.servicebus.windows.net/orders',
      relay('/orders/messages'),
    ],
  ],
  [
    'an event for a partition is one for the hub',
    'POST',
    '/hub/partitions/0/messages',
    [
      'Microsoft.ServiceBus/namespaces/messages/send/action space.servicebus.windows.net/hub/partitions/0',
      'Microsoft.EventHub/namespaces/messages/send/action space.servicebus.windows.net/hub',
      relay('/hub/partitions/0/messages'),
    ],
  ],
  [
    'the dead letters of a subscription are its own',
    'DELETE',
    '/news/subscriptions/me/$DeadLetterQueue/messages/head',
    [
      'Microsoft.ServiceBus/namespaces/messages/receive/action space.servicebus.windows.net/news/subscriptions/me',
      relay('/news/subscriptions/me/$DeadLetterQueue/messages/head'),
    ],
  ],
  [
    'a locked message is received',
    'PUT',
    '/orders/messages/1/lock',
    [
      'Microsoft.ServiceBus/namespaces/messages/receive/action space.servicebus.windows.net/orders',
      relay('/orders/messages/1/lock'),
    ],
  ],
  [
    'the consumer groups of a hub are listed',
    'GET',
    '/hub/consumergroups',
    [
      'Microsoft.EventHub/namespaces/eventhubs/consumergroups/read space.servicebus.windows.net/hub/consumergroups part=',
      relay('/hub/consumergroups'),
    ],
  ],
  ['anything else is for who listens', 'POST', '/hc/api/orders', [relay('/hc/api/orders')]],
])('namespaces: %s', async (_what, method, path, actions) => {
  expect(await read({ method, url: space(path) })).toEqual(actions);
});

test.each([
  ['another queue', '<ForwardTo>other</ForwardTo>', true],
  ['a queue for dead letters', '<x:ForwardDeadLetteredMessagesTo>a</x:ForwardDeadLetteredMessagesTo>', true],
  ['an account', '<CaptureDescription><Enabled>true</Enabled></CaptureDescription>', true],
  ['an entity of XML', '<!DOCTYPE a [<!ENTITY b "">]>', true],
  ['another charset', '<?xml version="1.0" encoding="utf-7"?>', true],
  ['two bytes a letter', [...'<ForwardTo>'].join('\0'), true],
  ['nothing else', '<?xml version="1.0" encoding="utf-8"?><LockDuration>PT1M</LockDuration>', false],
])('namespaces: a description that names %s', async (_what, body, reaches) => {
  const lines = await read({ method: 'PUT', url: space('/orders'), body });
  expect(lines.every((line) => line.endsWith(' reach=any'))).toBe(reaches);
  expect(lines).toHaveLength(4);
});

test.each([
  ['messages of messages', '/a/messages/b/messages'],
  ['an encoded slash', '/a%2Fmessages'],
  ['a dot segment', '/a/../b'],
])('namespaces: refuses %s', async (_what, path) => {
  expect(await reasonOf({ method: 'POST', url: space(path) })).toBeTypeOf('string');
});

const ai = (path: string) => `https://ai.openai.azure.com${path}`;
const chat = 'Microsoft.CognitiveServices/accounts/OpenAI/deployments/chat/completions/action';
const json = { 'content-type': 'application/json' };

test('OpenAI: the deployment of the newer interface is the model of the content', async () => {
  const body = '{"messages":[],"model":"gpt-4o"}';
  expect(await read({ method: 'POST', url: ai('/openai/v1/chat/completions'), headers: json, body })).toEqual(
    [`${chat} ai.openai.azure.com/openai/deployments/gpt-4o`],
  );
});

test('OpenAI: content that is too long to look at may name any deployment', async () => {
  const body = Buffer.alloc(17 * 1024 * 1024, 0x20);
  expect(await read({ method: 'POST', url: ai('/openai/v1/chat/completions'), headers: json, body })).toEqual(
    [`${chat} ai.openai.azure.com/openai/v1/chat/completions reach=any`],
  );
});

test.each([
  ['two models', '/openai/v1/chat/completions', '{"model":"a","model":"b"}'],
  ['two models in two places', '/openai/v1/responses?model=b', '{"model":"a"}'],
  ['two models in two cases', '/openai/v1/chat/completions', '{"model":"a","Model":"b"}'],
  ['a model that is no text', '/openai/v1/chat/completions', '{"model":["a"]}'],
  ['content that is no JSON', '/openai/v1/chat/completions', 'model=a'],
  ['an encoded slash', '/openai/deployments/a%2F..%2Fb/chat/completions', '{}'],
])('OpenAI: refuses %s', async (_what, path, body) => {
  expect(await reasonOf({ method: 'POST', url: ai(path), headers: json, body })).toBeTypeOf('string');
});

test('OpenAI: the deployment that makes images for another is named by a field', async () => {
  const headers = { ...json, 'x-ms-oai-image-generation-deployment': 'images' };
  expect(
    await read({ method: 'POST', url: ai('/openai/v1/responses'), headers, body: '{"model":"gpt-4o"}' }),
  ).toEqual([
    'Microsoft.CognitiveServices/accounts/OpenAI/images/generations/action ai.openai.azure.com/openai/deployments/images',
    'Microsoft.CognitiveServices/accounts/OpenAI/responses/write ai.openai.azure.com/openai/deployments/gpt-4o',
  ]);
});

test.each([
  [
    'GET',
    'https://ai.openai.azure.com/openai/v1/chat/completions/chatcmpl-1/messages',
    'OpenAI/stored-completions/messages/read ai.openai.azure.com/openai/v1/chat/completions/chatcmpl-1/messages',
  ],
  [
    'GET',
    'https://ai.openai.azure.com/openai/realtime?deployment=voice&api-version=1',
    'OpenAI/deployments/realtime/action ai.openai.azure.com/openai/deployments/voice',
  ],
  [
    'POST',
    'https://ai.openai.azure.com/openai/v1/realtime/client_secrets',
    'OpenAI/realtime/write ai.openai.azure.com/openai reach=any',
  ],
  [
    'POST',
    'https://ai.cognitiveservices.azure.com/sts/v1.0/issueToken',
    'sts/issueToken/action ai.cognitiveservices.azure.com/sts/v1.0/issueToken reach=any',
  ],
  [
    'POST',
    'https://ai.cognitiveservices.azure.com/vision/v3.2/analyze',
    'ComputerVision/analyze/action ai.cognitiveservices.azure.com/vision/v3.2/analyze',
  ],
  [
    'GET',
    'https://ai.services.ai.azure.com/api/projects/p/agents',
    'AIServices/agents/read ai.services.ai.azure.com/api/projects/p/agents',
  ],
  [
    'POST',
    'https://ai.services.ai.azure.com/models/chat/completions',
    'MaaS/chat/completions/action ai.services.ai.azure.com/models/chat/completions',
  ],
])('AI: %s %s', async (method, url, action) => {
  expect(await read({ method, url })).toEqual([`Microsoft.CognitiveServices/accounts/${action}`]);
});

const items = (path: string) => `https://acct.documents.azure.com/dbs/db/colls/items${path}`;
const container = 'Microsoft.DocumentDB/databaseAccounts/sqlDatabases/containers';
const inItems = 'acct.documents.azure.com/dbs/db/colls/items';

test.each([
  ['makes an item', {}, 'items/create'],
  ['makes or replaces one', { 'x-ms-documentdb-is-upsert': 'True' }, 'items/upsert'],
  ['asks', { 'x-ms-documentdb-isquery': 'true', 'content-type': 'application/query+json' }, 'executeQuery'],
])('Cosmos DB: a POST %s', async (_what, headers, action) => {
  const [line] = await read({ method: 'POST', url: items('/docs'), headers, body: '{}' });
  expect(line?.split(' ').slice(0, 2)).toEqual([`${container}/${action}`, `${inItems}/docs`]);
});

test('Cosmos DB: a trigger runs code of the container', async () => {
  const headers = { 'x-ms-documentdb-pre-trigger-include': 'audit' };
  expect(await read({ method: 'POST', url: items('/docs'), headers, body: '{}' })).toEqual([
    `${container}/items/create ${inItems}/docs`,
    `${container}/executeStoredProcedure ${inItems}`,
  ]);
});

test.each([
  [
    'an upsert that asks',
    '/docs',
    { 'x-ms-documentdb-is-upsert': 'true', 'x-ms-documentdb-isquery': 'true' },
    '{}',
  ],
  ['a field that is neither', '/docs', { 'x-ms-documentdb-is-upsert': 'yes' }, '{}'],
  [
    'a batch of the unknown',
    '/docs',
    { 'x-ms-cosmos-is-batch-request': 'true' },
    '[{"operationType":"Brandnew"}]',
  ],
  [
    'a batch of what every object has',
    '/docs',
    { 'x-ms-cosmos-is-batch-request': 'true' },
    '[{"operationType":"constructor"}]',
  ],
  ['a query that is none by its type', '/docs', { 'x-ms-documentdb-isquery': 'true' }, '{}'],
  ['a query by its type alone', '/docs', { 'content-type': 'application/query+json' }, '{}'],
  [
    'a batch with an operation in two cases',
    '/docs',
    { 'x-ms-cosmos-is-batch-request': 'true' },
    '[{"operationType":"Read","OperationType":"Delete","id":"a"}]',
  ],
  [
    'a batch of more than there may be',
    '/docs',
    { 'x-ms-cosmos-is-batch-request': 'true' },
    JSON.stringify(Array.from({ length: 101 }, () => ({ operationType: 'Read', id: 'a' }))),
  ],
  ['a batch that is none', '/docs', { 'x-ms-cosmos-is-batch-request': 'true' }, '{}'],
  ['an unknown kind', '/brandnew', {}, '{}'],
  ['a query of a stored procedure', '/sprocs/sp', { 'x-ms-documentdb-isquery': 'true' }, '[]'],
])('Cosmos DB: refuses %s', async (_what, path, headers, body) => {
  expect(await reasonOf({ method: 'POST', url: items(path), headers, body })).toBeTypeOf('string');
});

test('Cosmos DB: what a batch makes has the id that its content says', async () => {
  const body = JSON.stringify([
    { operationType: 'Upsert', id: 'mine', resourceBody: { id: 'other' } },
    { operationType: 'Create', id: 'mine', resourceBody: { id: 'other' } },
    { operationType: 'Delete', id: 'mine' },
  ]);
  const headers = { 'x-ms-cosmos-is-batch-request': 'true' };
  const found = await read({ method: 'POST', url: items('/docs'), headers, body });
  expect(found.map((line) => line.replace(/^.*\/items\/(\w+) .*\/docs/, '$1 docs'))).toEqual([
    'upsert docs',
    'create docs',
    'delete docs/mine',
  ]);
});

const logs = (query: string, more: object = {}) => ({
  method: 'POST',
  url: 'https://api.loganalytics.io/v1/workspaces/one/query',
  headers: json,
  body: JSON.stringify({ query, ...more }),
});
const inWorkspace = 'Microsoft.OperationalInsights/workspaces/query/read api.loganalytics.io/workspaces/';

test.each([
  ['workspace("two").T', true],
  ['union T, WORKSPACE ("two").T', true],
  ['workspace// comment\n("two").T', true],
  ['["workspace"]("two").T', true],
  ["['work\\u0073pace']('two').T", true],
  ['workspace // one\r\n// two\n\n ("two").T', true],
  ['workspace // one\u2028("two").T', true],
  ['workspace\u200b("two").T', true],
  ['workspace\u180e // one\n\u200b("two").T', true],
  ['["work" @\'space\']("two").T', true],
  ['[```workspace```] ("two").T', true],
  ['["work"\n"space" // one\n] // two\n("two").T', true],
  ['T | where ["a b"] in ("x") and c[0] == "y"\n| join (U) on ["a b"]', false],
  ['print "https://x"; workspace("two").T', true],
  ['T | where app // == 1\n== 2 | project Resource', false],
  ['externaldata(a:string)["https://example.com/x"]', true],
  ['T | evaluate http_request("https://example.com")', true],
  ['T | where Resource == "workspace" and app contains "x"', false],
])('logs: %s leads out of the workspace: %s', async (query, leadsOut) => {
  expect(await read(logs(query))).toEqual([`${inWorkspace}one${leadsOut ? ' reach=any' : ''}`]);
});

test('logs: other workspaces of the content are read too', async () => {
  const more = {
    workspaces: [
      'two',
      '/subscriptions/s/resourceGroups/g/providers/Microsoft.OperationalInsights/workspaces/three',
    ],
  };
  expect(await read(logs('T', more))).toEqual([
    `${inWorkspace}one`,
    `${inWorkspace}two`,
    'Microsoft.Insights/logs/read /subscriptions/s/resourceGroups/g/providers/Microsoft.OperationalInsights/workspaces/three',
  ]);
});

test.each([
  ['a member in two cases', logs('T', { Query: 'workspace("x").T' })],
  [
    'a query in both places',
    { ...logs('T'), url: 'https://api.loganalytics.io/v1/workspaces/one/query?query=U' },
  ],
  ['workspaces that are no list', logs('T', { workspaces: { a: 1 } })],
  ['a workspace that climbs', logs('T', { workspaces: ['one/../two'] })],
  ['an id that climbs', logs('T', { workspaces: ['/subscriptions/s/resourceGroups/g/../h'] })],
  ['too many workspaces', logs('T', { workspaces: Array.from({ length: 101 }, (_, i) => `w${i}`) })],
  [
    'a batch with a credential in it',
    {
      ...logs('T'),
      url: 'https://api.loganalytics.io/v1/$batch',
      body: JSON.stringify({
        requests: [
          { id: '1', workspace: 'one', body: { query: 'T' }, headers: { Authorization: 'Bearer x' } },
        ],
      }),
    },
  ],
  ['another path', { ...logs('T'), url: 'https://api.loganalytics.io/v1/workspaces/one/purge' }],
])('logs: refuses %s', async (_what, text) => {
  expect(await reasonOf(text)).toBeTypeOf('string');
});

const index = (path: string) => `https://find.search.windows.net/indexes/hotels${path}`;

test('search: documents that are written and deleted at once are both', async () => {
  const body = '{"value":[{"id":"1"},{"@search.action":"delete","id":"2"}]}';
  expect(await read({ method: 'POST', url: index('/docs/index'), headers: json, body })).toEqual([
    'Microsoft.Search/searchServices/indexes/documents/write find.search.windows.net/indexes/hotels/docs',
    'Microsoft.Search/searchServices/indexes/documents/delete find.search.windows.net/indexes/hotels/docs',
  ]);
});

test.each([
  ['an unknown action on a document', '/docs/index', '{"value":[{"@search.action":"brandnew"}]}'],
  ['an action twice', '/docs/index', '{"value":[{"@search.action":"upload","@search.action":"delete"}]}'],
  ['an action in another case', '/docs/index', '{"value":[{"@Search.Action":"delete"}]}'],
  ['an unknown operation on documents', '/docs/brandnew', '{}'],
])('search: refuses %s', async (_what, path, body) => {
  expect(await reasonOf({ method: 'POST', url: index(path), headers: json, body })).toBeTypeOf('string');
});

test('search: documents are documents in any spelling', async () => {
  expect(await read({ url: index('/Docs?search=*') })).toEqual([
    'Microsoft.Search/searchServices/indexes/documents/read find.search.windows.net/indexes/hotels/docs part=',
  ]);
});

const metrics = (...resourceids: unknown[]) => ({
  method: 'POST',
  url: 'https://westus.metrics.monitor.azure.com/subscriptions/s/metrics:getBatch',
  headers: json,
  body: JSON.stringify({ resourceids }),
});

test.each([
  ['a resource that climbs', '/subscriptions/s/resourceGroups/g/../h/providers/A.B/c/d'],
  ['a resource that is a list', ['/subscriptions/s']],
])('metrics: refuses %s', async (_what, id) => {
  expect(await reasonOf(metrics('/subscriptions/s/resourceGroups/g/providers/A.B/c/d'))).toBeUndefined();
  expect(await reasonOf(metrics(id))).toBeTypeOf('string');
});

const grid = 'https://space.westeurope-1.eventgrid.azure.net';

test.each([
  ['/topics/t:publish', 'Microsoft.EventGrid/events/send/action'],
  ['/topics/t/eventsubscriptions/s:receive', 'Microsoft.EventGrid/events/receive/action'],
  ['/topics/t/eventsubscriptions/s:acknowledge', 'Microsoft.EventGrid/events/receive/action'],
])('events: %s is %s', async (path, action) => {
  expect(await read({ method: 'POST', url: grid + path })).toEqual([
    `${action} space.westeurope-1.eventgrid.azure.net/topics/t`,
  ]);
});

test.each([['/topics/t:receive'], ['/topics/t/eventsubscriptions/s:publish'], ['/brandnew']])(
  'events: refuses %s',
  async (path) => {
    expect(await reasonOf({ method: 'POST', url: grid + path })).toBeTypeOf('string');
  },
);
