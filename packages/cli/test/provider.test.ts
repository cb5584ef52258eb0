import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createDesk } from './pai.ts';
import { startService } from './service.ts';

const token = 'canary-Openapi-0123456789';

const document = `
openapi: 3.0.3
info: {title: Parts API, version: "1"}
servers: [{url: https://parts.example.com/v1}]
components: {securitySchemes: {token: {type: http, scheme: bearer}}}
security: [{token: []}]
paths:
  /parts:
    get: {operationId: parts.list, responses: {}}
  /parts/{part}:
    parameters: [{name: part, in: path, required: true, schema: {type: integer}}]
    get: {operationId: parts.get, responses: {}}
    delete: {operationId: parts.delete, responses: {}}
  /parts/{part}...{other}:
    get: {operationId: parts.compare, responses: {}}
`;

const provider = `apiVersion: pai.io/v1
kind: Provider
metadata: {name: store}
spec:
  type: parts-api
  auth: {secretRef: parts, agentEnvVar: PARTS_TOKEN}
  policy: {allow: ["parts.get"]}
  scope: {resources: ["parts/7"]}
`;

test('an OpenAPI file becomes a type, whose Provider a client goes through', {
  timeout: 60_000,
}, async () => {
  const { pai, child, directory } = await createDesk();
  const at = (name: string) => join(directory, name);
  const started = await pai(['provider', 'from-openapi', '-'], document);
  expect(started.err).toContain('/parts/{part}...{other} is left out');
  expect(started.out).toContain(
    '    - {method: GET, path: "/parts/{part:int}", action: parts.get, resource: "parts/{part}"}\n',
  );
  await writeFile(at('type.yaml'), started.out);
  await writeFile(at('provider.yaml'), provider);
  expect(await pai(['apply', '-f', at('type.yaml'), '-f', at('provider.yaml')])).toMatchObject({
    status: 0,
    out: 'providertype/parts-api created\nprovider/store created\n',
  });
  // Alone too, with the type in the home.
  expect((await pai(['apply', '-f', at('provider.yaml')])).out).toBe('provider/store unchanged\n');
  await pai(['add', 'secret', 'parts', '--from-literal', `token=${token}`]);
  expect((await pai(['get', 'types'])).out).toMatch(
    /^NAME +HOSTS +ROUTES\nparts-api +parts\.example\.com +3\n$/,
  );
  const explained = await pai([
    'explain',
    'GET',
    'https://parts.example.com/v1/parts/7',
    '--provider',
    'store',
  ]);
  expect(explained.out).toContain('actions    parts.get on parts/7');

  const flags = await startService('parts.example.com', token, directory);
  const script = `
    const ask = async (method, path) => {
      const headers = { authorization: 'Bearer ' + process.env.PARTS_TOKEN };
      const response = await fetch('https://parts.example.com/v1' + path, { method, headers });
      console.log(response.status, await response.text());
    };
    await ask('GET', '/parts/7');
    await ask('GET', '/parts/8');
    await ask('DELETE', '/parts/7');
    await ask('GET', '/parts/7...8');`;
  const ran = await child(['run', '--provider', 'store', ...flags, '--', process.execPath, '-e', script]);
  const [read, outside, denied, unknown] = ran.out.split('\n');
  expect(read).toBe('200 hello from /v1/parts/7');
  expect(outside).toContain(
    '403 {"error":{"code":"request_denied","message":"store: parts.get is out of scope',
  );
  expect(denied).toContain('store: parts.delete is not allowed');
  expect(unknown).toContain('is in no route of type parts-api');
});

const type = (more: string) => `apiVersion: pai.io/v1
kind: ProviderType
metadata: {name: parts-api}
spec:
  hosts: [parts.example.com]
  routes: [{method: GET, path: /parts, action: "parts:list"}]
${more}`;

test('what is wrong with a type is said with its line, and a change that breaks its Providers is none', async () => {
  const { pai, directory } = await createDesk();
  const file = join(directory, 'type.yaml');
  const apply = async (text: string) => {
    await writeFile(file, text);
    return pai(['apply', '-f', file]);
  };
  const faulty = type('  auths: []\n  denial: {status: 300}\n');
  expect((await apply(faulty)).err).toBe(
    [
      `pai: ${file}:7: spec.auths is not a known key; did you mean auth (config_invalid)`,
      `pai: ${file}:8: spec.denial.body is missing (content: JSON, or a text); add it (config_invalid)`,
      `pai: ${file}:8: spec.denial.status is 300, which must be >= 400; change it (config_invalid)`,
      '',
    ].join('\n'),
  );
  const twice = type('').replace(
    '"parts:list"}',
    '"parts:list"}, {method: GET, path: /Parts/, action: other}',
  );
  expect((await apply(twice)).err).toContain(`${file}:6: GET /Parts/ and /parts fit the same paths`);
  expect((await apply(type('').replace('parts-api', 'github'))).err).toContain('comes with Pai');

  const withAuth = type('  auth: [{in: header, name: X-Key}]\n');
  expect((await apply(`${withAuth}---\n${provider}`)).status).toBe(0);
  expect(await apply(type(''))).toMatchObject({ status: 1, err: expect.stringContaining('spec.auth') });
  expect((await pai(['get', 'providers'])).out).toContain('store');
  expect((await pai(['delete', 'providertype', 'parts-api'])).err).toContain('provider/store still names it');
});
