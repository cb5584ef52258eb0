import { createPipeline, defineProvider, headerInjector } from '@pai/core';
import { requestFor } from '@pai/core/conformance';
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
