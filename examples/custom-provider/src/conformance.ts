import type { ConformanceOptions } from '@pai/core/conformance';
import { stripe } from './plugin.ts';

const form = { 'content-type': 'application/x-www-form-urlencoded' };

/** What the conformance kit asks of this provider: `pai conformance` and the tests read it. */
export const conformance: ConformanceOptions<typeof stripe.spec> = {
  plugin: stripe,
  spec: {
    type: 'stripe',
    auth: { type: 'bearer', secretRef: 'stripe-key' },
    scope: { resources: ['self/customers/cus_9', 'self/charges', 'acct_7/*'] },
  },
  secrets: { token: 'sk_test_conformanceCanary4242' },
  samples: [
    {
      url: 'https://api.stripe.com/v1/customers/cus_9',
      actions: ['customers:read'],
      resource: 'self/customers/cus_9',
      isOutside: false,
    },
    {
      url: 'https://api.stripe.com/v1/customers/cus_1',
      actions: ['customers:read'],
      resource: 'self/customers/cus_1',
      isOutside: true,
    },
    {
      url: 'https://api.stripe.com/v1/charges?customer=cus_9&limit=3',
      headers: { 'stripe-account': 'acct_7' },
      actions: ['charges:list'],
      resource: 'acct_7/customers/cus_9',
      isOutside: false,
    },
    {
      url: 'https://api.stripe.com/v1/charges/ch_1?expand[]=customer',
      actions: ['charges:read', 'charges:read'],
      isOutside: true,
    },
    {
      method: 'POST',
      url: 'https://api.stripe.com/v1/charges',
      headers: { ...form, 'idempotency-key': 'order-7' },
      body: 'amount=100&currency=eur&customer=cus_9',
      actions: ['charges:create'],
      resource: 'self/customers/cus_9',
      isOutside: false,
    },
    {
      method: 'POST',
      url: 'https://api.stripe.com/v1/transfers',
      headers: form,
      body: 'amount=100&currency=eur&destination=acct_666',
      actions: ['transfers:create', 'transfers:create'],
      isOutside: true,
    },
    { method: 'DELETE', url: 'https://api.stripe.com/v1/customers/cus_9', actions: ['customers:delete'] },
    { method: 'POST', url: 'https://api.stripe.com/v2/core/events', body: '{}', actions: 'unresolved' },
  ],
};
