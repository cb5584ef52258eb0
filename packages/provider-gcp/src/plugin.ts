import {
  type ActionResolver,
  type ContentReader,
  defineProvider,
  isGrpc,
  type ScopeChecker,
} from '@pai/core';
import { createAnswer } from './answer/answer.ts';
import { createAsk } from './ask.ts';
import { scopesOf } from './catalogue.ts';
import { createCredentials } from './credentials/credentials.ts';
import { createDeny } from './deny.ts';
import { hostsOf } from './endpoints.ts';
import { readLater } from './grpc/later.ts';
import { resolveGrpc } from './grpc/resolve.ts';
import { readEndpoint } from './hosts.ts';
import { createInjection } from './inject.ts';
import { placeholdersOf } from './placeholders.ts';
import { createProjectCheck, type ProjectCheck } from './project-check.ts';
import { createResolver } from './resolve.ts';
import { type GcpSpec, gcpSpecSchema } from './schema.ts';
import { createGcpScope } from './scope.ts';
import { servicesOf } from './services.ts';
import { credentialSlots } from './slots.ts';
import { bucketRulesOf } from './storage/boundary.ts';
import { isXml, resolveStorage } from './storage/resolve.ts';
import { createUploadSessions } from './storage/upload-sessions.ts';

/** Google Cloud: every API by its IAM permissions and resource names, over REST and gRPC. */
export const gcp = defineProvider({
  apiVersion: 'v1',
  type: 'gcp',
  spec: gcpSpecSchema,
  example: { type: 'gcp', auth: { type: 'gcp-service-account', secretRef: 'gcp-creds' } },
  secretKeys: ({ auth }) => [{ key: auth.secretKey ?? 'key.json', isFile: true }],
  serviceOf: servicesOf,
  tokenHosts: ({ config }) => [
    { host: 'oauth2.googleapis.com' },
    { host: 'sts.googleapis.com' },
    { host: 'iamcredentials.googleapis.com' },
    ...(config?.project === undefined ? [] : [{ host: 'storage.googleapis.com' }]),
  ],
  create: (spec, context) => {
    const { name, now, isOffline = false } = context;
    const { project } = spec.config ?? {};
    const patterns = spec.scope?.resources;
    const hosts = hostsOf(spec);
    const credentials = createCredentials(spec, context, { scopesOf, bucketRules: boundaryOf(spec) });
    const isScoped = patterns !== undefined || project !== undefined;
    const sessions = createUploadSessions();
    const resolve = createResolver({
      readEndpoint,
      isScoped,
      ...(project !== undefined && { project }),
      resolveStorage: (request, endpoint) => resolveStorage(request, endpoint, { sessions }),
      resolveGrpc,
    });
    const ask = isOffline ? undefined : createAsk(credentials, context);
    const held = project === undefined ? undefined : createProjectCheck({ project, patterns, ask, now });
    return {
      hosts,
      placeholders: placeholdersOf(spec, name),
      credentialSlots,
      hasOpaquePaths: true,
      resolve: located(resolve, held),
      later: async (request) => {
        const endpoint = isGrpc(request.headers) ? readEndpoint(request.host) : undefined;
        const read = endpoint && (await readLater(request, endpoint));
        return read && locatedPieces(read, held);
      },
      scope: both(createGcpScope(patterns), held),
      isScoped,
      ...createInjection({ credentials, endpointOf: readEndpoint }),
      filter: (head, request) => {
        sessions.watch(head, request);
        return undefined;
      },
      answer: createAnswer({ provider: name, project, now }),
      deny: createDeny((request) => isXml(request, readEndpoint(request.host))),
    };
  },
});

/** In audit mode requests go on that the policy denies: their tokens are held to nothing. */
function boundaryOf({ scope, policy, audit }: GcpSpec): ReturnType<typeof bucketRulesOf> {
  if (audit?.enforcement === 'audit') return undefined;
  return bucketRulesOf(scope?.resources, policy?.allow, policy?.deny);
}

function located(resolve: ActionResolver, held: ProjectCheck | undefined): ActionResolver {
  return held === undefined ? resolve : async (request) => held.locate(await resolve(request));
}

function locatedPieces(read: ContentReader, held: ProjectCheck | undefined): ContentReader {
  if (held === undefined) return read;
  return async function* (content) {
    for await (const { bytes, resolution } of read(content)) {
      yield { bytes, ...(resolution !== undefined && { resolution: await held.locate(resolution) }) };
    }
  };
}

function both(scope: ScopeChecker, held: ProjectCheck | undefined): ScopeChecker {
  return held === undefined ? scope : (action) => held.check(action) ?? scope(action);
}
