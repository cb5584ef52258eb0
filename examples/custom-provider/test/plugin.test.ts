import { createPipeline, Secret } from '@pai/core';
import { requestFor, testProvider } from '@pai/core/conformance';
import { compilePolicy, type PolicySpec } from '@pai/policy';
import { describe, expect, test } from 'vitest';
import { conformance } from '../src/conformance.ts';
import { stripe } from '../src/index.ts';

describe('keeps the contract, whatever is sent', () => {
  testProvider(test, conformance);
});

const name = 'payments';
const key = 'sk_test_the_real_key';
const policy: PolicySpec = { allow: ['customers:read', 'charges:*'], deny: ['charges:capture'] };

/** A pipeline with this provider alone. */
function attach(auth: 'bearer' | 'basic' = 'bearer') {
  const provider = stripe.create(
    { type: 'stripe', auth: { type: auth, secretRef: 'stripe-key' }, policy },
    {
      name,
      secrets: {
        read: (field) => new Secret(`stripe-key/${field}`, key),
        derive: (field, value) => new Secret(field, value),
      },
      signal: new AbortController().signal,
      fetch,
      now: Date.now,
      log: () => {},
    },
  );
  const { scope } = provider;
  const { decide } = compilePolicy({ name, type: 'stripe', policy, plugin: stripe, scope, hasScope: false });
  return createPipeline([{ name, type: 'stripe', provider, decide, enforcement: 'enforce', isLogged: true }]);
}

test.each([
  ['GET', '/v1/customers/cus_9', 'allow'],
  ['POST', '/v1/charges', 'allow'],
  ['POST', '/v1/charges/ch_1/capture', 'deny'],
  ['DELETE', '/v1/customers/cus_9', 'deny'],
  ['GET', '/v1/nothing', 'deny'],
])('%s %s: %s', async (method, path, decision) => {
  const { event } = await attach().judge(requestFor({ method, url: `https://api.stripe.com${path}` }));
  expect(event).toMatchObject({ decision, provider: name });
});

test.each([
  ['bearer', `Bearer ${key}`],
  ['basic', `Basic ${Buffer.from(`${key}:`).toString('base64')}`],
] as const)('the key goes up as %s, and idempotency keys stay', async (auth, authorization) => {
  const outcome = await attach(auth).judge(
    requestFor({
      method: 'POST',
      url: 'https://api.stripe.com/v1/charges',
      headers: {
        authorization: 'Bearer sk_test_pai-placeholder-payments',
        'idempotency-key': 'order-7',
        'content-type': 'application/x-www-form-urlencoded',
      },
      body: 'amount=100&currency=eur',
    }),
  );
  if (outcome.kind !== 'forward') throw new Error(outcome.event.reason);
  expect(outcome.request.headers).toEqual(
    expect.arrayContaining(['authorization', authorization, 'order-7']),
  );
  expect(outcome.request.headers.join()).not.toContain('placeholder');
});
