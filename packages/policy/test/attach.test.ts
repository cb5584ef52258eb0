import { createPipeline, defineProvider, headerInjector } from '@pai/core';
import { requestFor } from '@pai/core/conformance';
import { Type } from 'typebox';
import { expect, test } from 'vitest';
import { attachProvider, providerSpec } from '../src/index.ts';

const plugin = defineProvider({
  apiVersion: 'v1',
  type: 'orders-api',
  spec: providerSpec({ type: 'orders-api' }),
  example: { type: 'orders-api' },
  create: (_spec, { secrets, fetch }) => {
    const token = secrets.read('token');
    secrets.read('client_id', { isIdentifier: true });
    return {
      hosts: [{ host: 'orders.example.com' }],
      placeholders: { env: {} },
      credentialSlots: { headers: ['authorization'] },
      resolve: async ({ path }) => {
        if (path === '/fetched') await fetch('https://orders.example.com/');
        return { actions: [{ name: path.slice(1), resource: 'one' }] };
      },
      scope: ({ resource }) =>
        resource === 'one' ? undefined : { rule: 'scope', reason: `${resource} is out of scope` },
      inject: headerInjector('authorization', 'Bearer ', secrets.derive('session', `${token.reveal()}-made`)),
    };
  },
});
const secrets = { token: 'the-real-token', client_id: 'not-a-secret-at-all' };

test('attaches a Provider that judges, injects and masks', async () => {
  const orders = attachProvider(
    plugin,
    { type: 'orders-api', policy: { allow: ['read'] } },
    { name: 'orders', secrets },
  );
  const { judge } = createPipeline([orders]);
  const read = await judge(requestFor({ url: 'https://orders.example.com/read' }));
  expect(read.kind === 'forward' && read.request.headers).toContain('Bearer the-real-token-made');
  expect(await judge(requestFor({ url: 'https://orders.example.com/write' }))).toMatchObject({
    event: { decision: 'deny', rule: 'policy.allow', provider: 'orders' },
  });
  const headers = ['a', 'the-real-token', 'b', 'the-real-token-made', 'c', 'not-a-secret-at-all'];
  orders.redactor?.headers(headers);
  expect(headers.join()).not.toContain('the-real-token');
  expect(headers).toContain('not-a-secret-at-all');
});

test('fetches nothing without a fetch, and says so', async () => {
  const orders = attachProvider(
    plugin,
    { type: 'orders-api', policy: { allow: ['*'], deny: ['x'] } },
    { name: 'orders', secrets },
  );
  const outcome = await createPipeline([orders]).judge(
    requestFor({ url: 'https://orders.example.com/fetched' }),
  );
  expect(outcome.event.unresolved).toContain('attached without fetch');
});

test('audit and enforcement are those of the spec; a key that is not there is an error', () => {
  const audit = { enforcement: 'audit', logRequests: false } as const;
  expect(attachProvider(plugin, { type: 'orders-api', audit }, { name: 'orders', secrets })).toMatchObject({
    enforcement: 'audit',
    isLogged: false,
  });
  expect(() => attachProvider(plugin, { type: 'orders-api' }, { name: 'orders', secrets: {} })).toThrow(
    'no secret has the key token',
  );
});

test.each([
  [
    { type: 'orders-api', policy: { allow: ['*'], denied: ['x'] } },
    'orders: spec.policy.denied is not as type orders-api has it',
  ],
  [{ type: 'orders-api', polcy: { deny: ['x'] } }, 'polcy'],
  [{ type: 'orders-api', policy: { allow: 'read' } }, 'spec.policy.allow'],
  [{ type: 'orders-api', policy: { allow: ['*'] }, audit: { enforcement: 'off' } }, 'spec.audit.enforcement'],
  [{ type: 'other' }, 'spec.type'],
  [null, 'orders: spec is not'],
])('a spec that does not fit attaches nothing: %j', (spec, why) => {
  const attach = () => attachProvider(plugin, spec as never, { name: 'orders', secrets });
  expect(attach).toThrow(expect.objectContaining({ code: 'config_invalid' }));
  expect(attach).toThrow(why);
});

test('a schema with rules of its own has to be checked by whoever attaches', () => {
  const schema = Type.Object({ type: Type.String({ maxLength: 20 }) }, { additionalProperties: false });
  const own = { ...plugin, spec: schema } as never;
  const attach = (isChecked: boolean) => () =>
    attachProvider(own, { type: 'orders-api' } as never, { name: 'orders', secrets, isChecked });
  expect(attach(false)).toThrow('attach it with isChecked: true');
  expect(attach(true)).not.toThrow();
});
