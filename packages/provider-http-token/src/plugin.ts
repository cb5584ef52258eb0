import {
  type AgentRequest,
  defineProvider,
  findMethodOverride,
  parseHostPattern,
  placeholderFor,
  type Resolution,
} from '@pai/core';
import { credentialFields, providerSpec } from '@pai/policy';
import { Type } from 'typebox';
import { placementOf } from './placement.ts';

const config = Type.Object(
  {
    upgrades: Type.Optional(
      Type.Array(Type.Enum(['websocket']), {
        description:
          'Protocols that an allowed GET may switch to. What follows the switch is carried unread. Default none.',
      }),
    ),
  },
  { additionalProperties: false, description: 'What the API speaks beside plain HTTP.' },
);

/** Any HTTP API that takes a fixed token in a header or a query parameter. Governed by `httpRules` alone. */
export const httpToken = defineProvider({
  apiVersion: 'v1',
  type: 'http-token',
  hasNoActions: true,
  spec: providerSpec({
    type: 'http-token',
    host: 'required',
    auth: Type.Object(
      {
        type: Type.Enum(['bearer', 'api-key'], {
          description:
            '`bearer` writes `Authorization: Bearer TOKEN`; `api-key` writes where the fields below say.',
        }),
        header: Type.Optional(
          Type.String({
            pattern: "^[A-Za-z0-9!#$%&'*+.^_`|~-]+$",
            description: 'Header that holds the key (api-key). Default Authorization.',
          }),
        ),
        prefix: Type.Optional(
          Type.String({
            pattern: '^[ -~]*$',
            description: 'Text in front of the key in the header (api-key). May be empty. Default `Bearer `.',
          }),
        ),
        param: Type.Optional(
          Type.String({
            pattern: '^[!-~]+$',
            description: 'Query parameter that holds the key, instead of a header (api-key).',
          }),
        ),
        ...credentialFields,
      },
      { additionalProperties: false, description: 'The credential and where it is written.' },
    ),
    config,
  }),
  example: { type: 'http-token', host: 'api.example.com', auth: { type: 'bearer', secretRef: 'api-token' } },
  create: (spec, context) => {
    const { agentEnvVar, secretKey } = spec.auth;
    const { slots, injectorFor } = placementOf(spec.auth);
    return {
      hosts: [parseHostPattern(spec.host)],
      placeholders: {
        env: agentEnvVar === undefined ? {} : { [agentEnvVar]: placeholderFor(context.name) },
      },
      credentialSlots: slots,
      resolve,
      upgrades: spec.config?.upgrades ?? [],
      scope: () => undefined,
      inject: injectorFor(context.secrets.read(secretKey ?? 'token')),
    };
  },
});

/** There is one action, so that policies can say all or nothing. */
function resolve(request: AgentRequest): Resolution {
  const override = findMethodOverride(request);
  return override === undefined
    ? { actions: [{ name: 'request' }] }
    : { unresolved: `${override} asks for another method than the rules would judge; send that method` };
}
