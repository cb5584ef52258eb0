import {
  type CredentialSlots,
  defineProvider,
  type Placeholders,
  type Provider,
  placeholderFor,
} from '@pai/core';
import { createAnswer } from './answer/answer.ts';
import { loadModel } from './catalogue.ts';
import { createCredentials } from './credentials/credentials.ts';
import { stsHost } from './credentials/sts-host.ts';
import { createDeny } from './deny.ts';
import { createEndpoints, type Endpoints } from './endpoints.ts';
import type { ServiceModel } from './model.ts';
import { isOwnApi } from './own-apis.ts';
import { patternsOf, serviceOf } from './patterns.ts';
import { createResolver } from './resolve.ts';
import { createResourceReader } from './resources.ts';
import { resolveS3 } from './s3/resolve.ts';
import { type AwsSpec, awsSpecSchema } from './schema.ts';
import { createAwsScope } from './scope.ts';
import { createSessionSource } from './sign/express-session.ts';
import { createAwsInjector } from './sign/injector.ts';
import { createSigner, type Signer } from './sign/signer.ts';

/** AWS: every service by its IAM actions and ARNs, in every partition; and servers that speak as one of them. */
export const aws = defineProvider({
  apiVersion: 'v1',
  type: 'aws',
  spec: awsSpecSchema,
  example: { type: 'aws', auth: { type: 'aws-sigv4', secretRef: 'aws-creds' } },
  secretKeys: () => [{ key: 'access_key_id' }, { key: 'secret_access_key' }],
  patterns: patternsOf,
  serviceOf,
  tokenHosts: ({ config }) => {
    const role = config?.assumeRole;
    return role === undefined ? [] : [{ host: stsHost(role.roleArn, config?.region).host }];
  },
  create: (spec, context) => {
    const { name, secrets, fetch, signal, now, spool, isOffline = false } = context;
    const { region = 'us-east-1', accountId } = spec.config ?? {};
    const account = accountId === undefined ? {} : { accountId };
    const endpoints = createEndpoints(spec);
    const scope = createAwsScope(spec.scope?.resources);
    const signer = createSigner({ credentials: createCredentials(spec, context), now });
    const sessions = createSessionSource({ fetch, signal, signer, derive: secrets.derive });
    const models = rememberProtocols();
    return {
      hosts: endpoints.patterns,
      placeholders: placeholdersOf(spec, name, region),
      credentialSlots,
      hasOpaquePaths: true,
      resolve: createResolver({
        ...account,
        readEndpoint: endpoints.find,
        loadModel: models.load,
        resolveS3: (request, endpoint) => resolveS3(request, endpoint, account),
        resourcesOf: createResourceReader(account),
      }),
      scope,
      inject: createAwsInjector({
        signer,
        endpointOf: endpoints.find,
        ...(!isOffline && { sessions }),
        ...(spool !== undefined && { spool }),
      }),
      ...correctionsOf(signer, endpoints.read),
      answer: createAnswer({
        provider: name,
        region,
        accountId,
        now,
        endpointOf: endpoints.read,
      }),
      deny: createDeny(({ host }) => {
        const endpoint = endpoints.read(host);
        return { endpoint, protocol: endpoint?.models.map(models.protocolOf).find(Boolean) };
      }),
    };
  },
});

/** Everywhere that AWS reads a signature from; its time is a part of it, but also a header that is judged by its value. */
const credentialSlots: CredentialSlots = {
  headers: ['authorization', 'x-amz-security-token', 'x-amz-s3session-token'],
  query: [
    'X-Amz-Algorithm',
    'X-Amz-Credential',
    'X-Amz-Date',
    'X-Amz-Expires',
    'X-Amz-SignedHeaders',
    'X-Amz-Signature',
    'X-Amz-Security-Token',
    'X-Amz-S3session-Token',
    'X-Amz-Region-Set',
    'AWSAccessKeyId',
    'Signature',
  ],
};

/** What SDKs need to start: keys, a region, and no look at a metadata service that would keep them waiting. */
function placeholdersOf({ auth }: AwsSpec, name: string, region: string): Placeholders {
  const placeholder = placeholderFor(name);
  return {
    env: {
      [auth.agentEnvVar ?? 'AWS_ACCESS_KEY_ID']: placeholder,
      AWS_SECRET_ACCESS_KEY: placeholder,
      AWS_REGION: region,
      AWS_DEFAULT_REGION: region,
      AWS_EC2_METADATA_DISABLED: 'true',
    },
  };
}

/** The time at AWS is what AWS says it is, and nobody who answers at its hosts. */
function correctionsOf(
  { isRefusal, renew }: Signer,
  endpointOf: Endpoints['read'],
): Required<Pick<Provider, 'isRefusal' | 'renew'>> {
  const isOfAws = (host: string) => {
    const endpoint = endpointOf(host);
    return endpoint !== undefined && !isOwnApi(endpoint);
  };
  return {
    isRefusal: (head, request) => isRefusal(head, request) && isOfAws(request.host),
    renew: async (request, head) => isOfAws(request.host) && renew(head, request),
  };
}

/** A denial is written at once, in the protocol of a model that was loaded to judge the request. */
function rememberProtocols() {
  const protocols = new Map<string, ServiceModel['protocol']>();
  return {
    load: async (id: string) => {
      const model = await loadModel(id);
      protocols.set(id, model.protocol);
      return model;
    },
    protocolOf: (id: string) => protocols.get(id),
  };
}
