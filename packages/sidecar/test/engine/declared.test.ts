import { expect, test, vi } from 'vitest';
import { deleteResource } from '../../src/state.ts';
import { startRig } from './rig.ts';
import { valuesOf } from './strict-message.ts';

const within = { interval: 20 };

const type = (routes: string) => `apiVersion: pai.io/v1
kind: ProviderType
metadata: {name: things}
spec:
  hosts: [api.example.com]
  auth: [{in: header, name: X-Api-Key}]
  routes:
${routes}
  denial: {status: 418, body: {error: "{message}"}}
`;

const read = '    - {method: GET, path: "/things/{thing}", action: "things:read", resource: "thing/{thing}"}';
const list = '    - {method: GET, path: /things, action: "things:list"}';

const provider = `apiVersion: pai.io/v1
kind: Provider
metadata: {name: mine}
spec:
  type: things
  auth: {secretRef: api-token}
  policy: {allow: ["things:*"]}
  scope: {resources: ["thing/7"]}
`;

test('a declared type is judged, given its credential and worded as it says', async () => {
  const rig = await startRig({ providers: [type(read), provider] });
  expect(
    (await rig.ask({ path: '/things/7', headers: [['x-api-key', 'pai-placeholder-mine']] })).status,
  ).toBe(200);
  expect(valuesOf(rig.service.requests.at(-1)?.fields ?? [], 'x-api-key')).toEqual([
    'canary-api-7f3a91c2e5d84b60',
  ]);
  const outside = await rig.ask({ path: '/things/8' });
  expect(outside).toMatchObject({ status: 418 });
  expect(outside.body).toContain('thing/8 is not in scope.resources (thing/7)');
  const unknown = await rig.ask({ path: '/things' });
  expect(unknown.body).toContain('is in no route of type things');
  expect((await rig.audit(3)).map(({ decision, rule }) => [decision, rule])).toEqual([
    ['allow', 'policy.allow[0]'],
    ['deny', 'scope.resources'],
    ['deny', 'unresolved'],
  ]);
  await rig.expectNoCanary(outside, unknown);
});

test('a change of the type takes effect, and one that is not valid does not', async () => {
  const rig = await startRig({ providers: [type(read), provider] });
  expect((await rig.ask({ path: '/things' })).status).toBe(418);
  await rig.apply(type(`${read}\n${list}`));
  await vi.waitFor(async () => {
    const answer = await rig.ask({ path: '/things' });
    // It may reach what it does not name.
    expect(answer.body).toContain('it can reach what the request does not name');
  }, within);
  await rig.apply(type(list));
  await vi.waitFor(async () => expect((await rig.ask({ path: '/things/7' })).status).toBe(418), within);
});

test('a type that is deleted takes its Providers and their credential with it', async () => {
  const rig = await startRig({ providers: [type(read), provider] });
  expect((await rig.ask({ path: '/things/7' })).status).toBe(200);
  await deleteResource(rig.home, { kind: 'ProviderType', namespace: 'default', name: 'things' });
  await vi.waitFor(async () => {
    const { status } = await rig.ask({ path: '/things/7' }).catch(() => ({ status: 0 }));
    expect(status).not.toBe(200);
  }, within);
  expect(rig.logs.join('\n')).toContain('DETACHED: mine');
});
