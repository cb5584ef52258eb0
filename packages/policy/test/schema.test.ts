import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';
import { expect, expectTypeOf, test } from 'vitest';
import { credentialFields, providerSpec } from '../src/index.ts';

const github = providerSpec({
  type: 'github',
  auth: Type.Object(
    { type: Type.Literal('pat', { description: 'How.' }), ...credentialFields },
    { additionalProperties: false, description: 'Credential.' },
  ),
  scope: Type.Object(
    { repositories: Type.Optional(Type.Array(Type.String(), { description: 'Repositories.' })) },
    { additionalProperties: false, description: 'Scope.' },
  ),
});
const bare = providerSpec({ type: 'bare', host: 'required' });
// The one field without a description shows that the last test can fail.
const mcp = providerSpec({
  type: 'mcp',
  mcp: Type.Object({ url: Type.String() }, { additionalProperties: false, description: 'Server.' }),
});

test('a spec is typed by the parts of its type', () => {
  type Github = Static<typeof github>;
  expectTypeOf<Github['type']>().toEqualTypeOf<'github'>();
  expectTypeOf<Github['host']>().toEqualTypeOf<string | undefined>();
  expectTypeOf<Github['auth']['type']>().toEqualTypeOf<'pat'>();
  expectTypeOf<Github['auth']['secretRef']>().toEqualTypeOf<string>();
  expectTypeOf<NonNullable<Github['scope']>['repositories']>().toEqualTypeOf<string[] | undefined>();
  expectTypeOf<NonNullable<Github['audit']>['enforcement']>().toEqualTypeOf<
    'enforce' | 'audit' | undefined
  >();
  expectTypeOf<NonNullable<Github['policy']>>().not.toHaveProperty('mcp');
  expectTypeOf<Github>().not.toHaveProperty('config');
  expectTypeOf<Static<typeof bare>['host']>().toEqualTypeOf<string>();
  expectTypeOf<Static<typeof bare>>().not.toHaveProperty('auth');
  expectTypeOf<NonNullable<Static<typeof mcp>['policy']>>().toHaveProperty('mcp');
  expectTypeOf<Static<typeof mcp>['mcp']>().toEqualTypeOf<{ url: string }>();
});

const spec = { type: 'github', auth: { type: 'pat', secretRef: 'github-pat' } };

test.each<[string, object, boolean]>([
  ['the least', spec, true],
  [
    'everything',
    { ...spec, host: 'h', policy: { allow: [], deny: ['a'], httpRules: [{ effect: 'deny' }] } },
    true,
  ],
  [
    'the rest',
    { ...spec, scope: { repositories: ['o/r'] }, audit: {}, externalAccess: { enabled: true } },
    true,
  ],
  ['another type', { ...spec, type: 'gitlab' }, false],
  ['no credential', { type: 'github' }, false],
  ['an unknown key', { ...spec, polcy: {} }, false],
  ['an unknown key of the policy', { ...spec, policy: { alow: [] } }, false],
  ['tools outside an MCP type', { ...spec, policy: { mcp: { allowedTools: [] } } }, false],
  ['a part that the type does not have', { ...spec, config: {} }, false],
  ['an unknown key of a rule', { ...spec, policy: { httpRules: [{ effect: 'deny', path: ['/'] }] } }, false],
  ['a rule without effect', { ...spec, policy: { httpRules: [{ methods: ['GET'] }] } }, false],
  ['an effect in another case', { ...spec, policy: { httpRules: [{ effect: 'Deny' }] } }, false],
  ['a rule for no method', { ...spec, policy: { httpRules: [{ methods: [], effect: 'allow' }] } }, false],
  ['a pattern that is no text', { ...spec, policy: { allow: [1] } }, false],
  ['one pattern that is no list', { ...spec, policy: { allow: '*' } }, false],
  ['another enforcement', { ...spec, audit: { enforcement: 'off' } }, false],
  ['a limit of nothing', { ...spec, externalAccess: { maxRequestsPerDay: 0 } }, false],
])('a spec with %s: %#', (_, value, isValid) => {
  expect(Value.Check(github, value)).toBe(isValid);
});

test('an MCP type has lists of tools, and a type may require a host', () => {
  const tools = { policy: { mcp: { allowedTools: ['a'], deniedTools: [] } } };
  expect(Value.Check(mcp, { type: 'mcp', mcp: { url: 'https://h' }, ...tools })).toBe(true);
  expect(Value.Check(mcp, { type: 'mcp' })).toBe(false);
  expect(Value.Check(bare, { type: 'bare' })).toBe(false);
  expect(Value.Check(bare, { type: 'bare', host: 'h' })).toBe(true);
});

test('the defaults of the schema are those of the documentation, and fill only what has one', () => {
  expect(Value.Default(github, structuredClone(spec))).toEqual({
    ...spec,
    auth: { ...spec.auth, secretKey: 'token' },
    audit: { logRequests: true, enforcement: 'enforce' },
  });
  expect(Value.Default(github, { ...spec, externalAccess: {} })).toMatchObject({
    externalAccess: { enabled: false },
  });
});

test('every object is closed and every field is described', () => {
  const faults: string[] = [];
  for (const schema of [github, bare, mcp]) visit(schema, schema.properties.type.const, faults);
  expect(faults).toEqual(['mcp.mcp.url has no description']);
});

function visit(schema: object, place: string, faults: string[]): void {
  const { properties, items, additionalProperties } = schema as {
    properties?: Record<string, object>;
    items?: object;
    additionalProperties?: boolean;
  };
  if (items !== undefined) visit(items, `${place}[]`, faults);
  if (properties === undefined) return;
  if (additionalProperties !== false) faults.push(`${place} is open`);
  for (const [key, field] of Object.entries(properties)) {
    if (!('description' in field)) faults.push(`${place}.${key} has no description`);
    visit(field, `${place}.${key}`, faults);
  }
}
