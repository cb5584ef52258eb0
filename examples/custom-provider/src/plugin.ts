import { defineProvider, headerInjector, parseHostPattern, placeholderFor } from '@pai/core';
import { compileResourcePattern, createScope, credentialFields, providerSpec } from '@pai/policy';
import { Type } from 'typebox';
import { keyInjector } from './basic.ts';
import { deny } from './denial.ts';
import { resolve } from './resolve.ts';

/** Stripe: its API of version 1, with a secret or a restricted key. */
export const stripe = defineProvider({
  apiVersion: 'v1',
  type: 'stripe',
  spec: providerSpec({
    type: 'stripe',
    auth: Type.Object(
      {
        type: Type.Enum(['bearer', 'basic'], {
          description: 'How the key is sent: `bearer`, or `basic` with the key as the user name.',
        }),
        ...credentialFields,
      },
      { additionalProperties: false, description: 'The credential.' },
    ),
    scope: Type.Object(
      {
        resources: Type.Optional(
          Type.Array(Type.String(), {
            description:
              'What the agent may reach: `self/customers/cus_9`, `self/*`, `acct_7/*` for a connected account.',
          }),
        ),
      },
      { additionalProperties: false, description: 'What the agent may reach.' },
    ),
  }),
  example: { type: 'stripe', auth: { type: 'bearer', secretRef: 'stripe-key' } },
  hasCaseSensitiveActions: true,
  create: (spec, context) => {
    const key = context.secrets.read(spec.auth.secretKey ?? 'token');
    return {
      hosts: [parseHostPattern(spec.host ?? 'api.stripe.com')],
      placeholders: {
        env: { [spec.auth.agentEnvVar ?? 'STRIPE_API_KEY']: `sk_test_${placeholderFor(context.name)}` },
      },
      credentialSlots: { headers: ['authorization'] },
      resolve,
      scope: createScope('scope.resources', spec.scope?.resources, (pattern) =>
        compileResourcePattern(pattern),
      ),
      inject: spec.auth.type === 'basic' ? keyInjector(key) : headerInjector('authorization', 'Bearer ', key),
      deny,
    };
  },
});
