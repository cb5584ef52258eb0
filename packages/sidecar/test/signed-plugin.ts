import { defineProvider, parseHostPattern, placeholderFor } from '@pai/core';
import { credentialFields, providerSpec } from '@pai/policy';
import { createAwsInjector, createSigner, type Endpoint } from '@pai/provider-aws';
import { Type } from 'typebox';
import type { Plugins } from '../src/plugins.ts';

const closed = { additionalProperties: false } as const;

/** The access key id of what is signed; its secret is the Provider's `token`. */
export const accessKeyId = 'AKIDEXAMPLE';

/** What the host says, in place of a name of AWS. */
export const signedFor = { signingName: 's3', region: 'eu-west-1' };

/** Signs every request for its host, with a clock that is an hour late until the host corrects it. */
const signed = defineProvider({
  apiVersion: 'v1',
  type: 'signed',
  hasNoActions: true,
  spec: providerSpec({
    type: 'signed',
    host: 'required',
    auth: Type.Object({ type: Type.Literal('key'), ...credentialFields }, closed),
  }),
  create: (spec, { name, secrets, now, spool }) => {
    const credentials = { accessKeyId, secretAccessKey: secrets.read('token') };
    const signer = createSigner({ credentials: async () => credentials, now: () => now() - 3_600_000 });
    const endpoint: Endpoint = {
      ...signedFor,
      service: 's3',
      models: [],
      partition: 'aws',
      labels: [],
      algorithm: 'sigv4',
      isGlobal: false,
    };
    return {
      hosts: [parseHostPattern(spec.host)],
      placeholders: { env: { SIGNED: placeholderFor(name) } },
      credentialSlots: { headers: ['authorization', 'x-amz-security-token'] },
      hasOpaquePaths: true,
      resolve: () => ({ actions: [{ name: 'request' }] }),
      scope: () => undefined,
      isRefusal: signer.isRefusal,
      renew: async (_request, head) => signer.renew(head),
      inject: createAwsInjector({
        signer,
        endpointOf: () => endpoint,
        ...(spool !== undefined && { spool }),
      }),
    };
  },
});

/** A provider type that signs as the one of AWS does. */
export const signedPlugins: Plugins = new Map([['signed', async () => signed]]);

/** `api.example.com`, signed. */
export const signedProvider = `apiVersion: pai.io/v1
kind: Provider
metadata: {name: api}
spec:
  type: signed
  host: api.example.com
  auth: {type: key, secretRef: api-token}
  policy: {allow: ["*"]}
`;
