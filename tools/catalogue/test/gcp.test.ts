import { expect, test } from 'vitest';
import { createApiModel } from '../../../packages/provider-gcp/src/rest/model.ts';
import { readClient } from '../src/gcp/discovery.ts';
import { encodeApi } from '../src/gcp/encode.ts';
import { patternsOf } from '../src/gcp/patterns.ts';
import { permissionsOf } from '../src/gcp/permissions.ts';
import { hasOpenReach } from '../src/gcp/reach.ts';
import { scopesOf } from '../src/gcp/scopes.ts';

/** As the clients are written: a class for each resource, its methods with a template broken over lines or not. */
const code = `
    class Things {
        constructor(options, google) {
            this.projects = new Resource$Projects(this.context);
        }
    }
    class Resource$Projects {
        constructor(context) {
            this.bigThings =
                new Resource$Projects$Bigthings(this.context);
        }
    }
    class Resource$Projects$Bigthings {
        create(paramsOrCallback, optionsOrCallback, callback) {
            const rootUrl = options.rootUrl || 'https://things.googleapis.com/';
            const parameters = {
                options: Object.assign({
                    url: (rootUrl + '/v1/{+parent}/bigThings').replace(/([^:]\\/)\\/+/g, '$1'),
                    method: 'POST',
                }, options),
                pathParams: ['parent'],
            };
        }
        rename(paramsOrCallback, optionsOrCallback, callback) {
            const rootUrl =
                options.rootUrl || 'https://things.googleapis.com/';
            const parameters = {
                options: Object.assign({
                    url: (rootUrl +
                        '/v1/{+name}:rename').replace(/([^:]\\/)\\/+/g, '$1'),
                    method: 'POST',
                }, options),
                mediaUrl: (rootUrl + '/upload/v1/{+name}:rename').replace(/([^:]\\/)\\/+/g, '$1'),
                pathParams: ['name'],
            };
        }
    }
`;

const declarations = `
    export class Resource$Projects$Bigthings {
        /**
         * Makes a thing.
         *     scopes: [
         *       'https://www.googleapis.com/auth/things',
         *     ],
         */
        create(params: Params$Resource$Projects$Bigthings$Create): void;
    }
    export interface Params$Resource$Projects$Bigthings$Create extends StandardParameters {
        /**
         * The id.
         */
        bigThingId?: string;
        /**
         * As \`projects/{project\\}\`.
         */
        parent?: string;
        requestBody?: Schema$Thing;
    }
`;

const api = readClient('things', 'v1', code, declarations);

test('reads a client: its resources as the API spells them, paths, parameters and scopes', () => {
  expect(api.host).toBe('things.googleapis.com');
  expect(api.methods).toEqual([
    {
      chain: ['projects', 'bigThings'],
      name: 'create',
      httpMethod: 'POST',
      path: 'v1/{+parent}/bigThings',
      query: ['bigThingId'],
      forms: { parent: ['projects/*'] },
      scopes: ['https://www.googleapis.com/auth/things'],
    },
    {
      chain: ['projects', 'bigThings'],
      name: 'rename',
      httpMethod: 'POST',
      path: 'v1/{+name}:rename',
      uploadPath: 'upload/v1/{+name}:rename',
      query: [],
      forms: {},
      scopes: [],
    },
  ]);
});

test('writes an API that the provider reads back', () => {
  const model = createApiModel(encodeApi([api]));
  const path = model.split('/v1/projects/p/bigThings');
  const thing = model.split('/v1/projects/p/bigThings/t');
  if (path === undefined || thing === undefined) throw new Error('the version is not known');
  expect(model.find(path, 'POST')).toMatchObject([
    { permissions: ['things.bigThings.create'], after: 1, childQuery: 'bigThingId', hasUpload: false },
  ]);
  expect(model.find(thing, 'POST', 'rename')).toMatchObject([
    { permissions: ['things.bigThings.rename'], after: 0, hasUpload: true },
  ]);
  expect(model.find(thing, 'POST')).toEqual([]);
  expect(model.find(thing, 'DELETE', 'rename')).toEqual([]);
  expect(model.split('/v2/projects/p')).toBeUndefined();
});

test.each([
  ['projects/*', 'v1/{+parent}/topics', 'list', ['projects', 'topics'], 'projects/*/topics'],
  ['a verb', 'v1/{+name}:do', 'do', ['projects', 'topics'], 'projects/*/topics/*'],
  ['a singleton', 'v1/{+name}', 'getSettings', ['projects', 'locations'], 'projects/*/locations/*/settings'],
  [
    'global',
    'v1/{+name}',
    'get',
    ['projects', 'locations', 'global', 'hubs'],
    'projects/*/locations/global/hubs/*',
  ],
  ['a list by its own name', 'v1/{+name}', 'list', ['operations'], 'operations'],
  ['plain parameters', 'compute/v1/projects/{project}/zones/{zone}', 'get', ['zones'], 'projects/*/zones/*'],
])('%s stands for its segments', (_, path, name, chain, expected) => {
  const method = { chain, name, path, httpMethod: 'GET', query: [], forms: {}, scopes: [] };
  expect(patternsOf(method).map(({ segments }) => segments.join('/'))).toEqual([expected]);
});

test.each([
  ['pubsub', 'projects.topics', 'patch', 'pubsub.topics.update'],
  ['pubsub', 'projects.subscriptions', 'pull', 'pubsub.subscriptions.consume'],
  ['compute', 'regionDisks', 'insert', 'compute.disks.create'],
  ['storage', 'objects', 'rewrite', 'storage.objects.create storage.objects.get'],
  ['bigquery', 'jobs', 'query', 'bigquery.jobs.create'],
  ['bigquery', 'tabledata', 'insertAll', 'bigquery.tables.updateData'],
  ['secretmanager', 'projects.secrets', 'addVersion', 'secretmanager.versions.add'],
  [
    'cloudkms',
    'projects.locations.keyRings.cryptoKeys.cryptoKeyVersions',
    'macSign',
    'cloudkms.cryptoKeyVersions.useToSign',
  ],
  ['iam', 'projects.serviceAccounts.keys', 'create', 'iam.serviceAccountKeys.create'],
  [
    'iam',
    'projects.locations.workloadIdentityPools.providers',
    'create',
    'iam.googleapis.com/workloadIdentityPoolProviders.create',
  ],
  ['iamcredentials', 'projects.serviceAccounts', 'generateIdToken', 'iam.serviceAccounts.getOpenIdToken'],
  ['logging', 'entries', 'write', 'logging.logEntries.create'],
  ['firestore', 'projects.databases.documents', 'runQuery', 'datastore.entities.get datastore.entities.list'],
  ['container', 'projects.locations.clusters.nodePools', 'delete', 'container.clusters.update'],
  ['cloudbuild', 'projects.triggers', 'run', 'cloudbuild.builds.create'],
  ['cloudfunctions', 'projects.locations.functions', 'call', 'cloudfunctions.functions.invoke'],
  [
    'serviceusage',
    'services.consumerQuotaMetrics.limits.adminOverrides',
    'create',
    'serviceusage.quotas.update',
  ],
  ['cloudresourcemanager', 'projects', 'setIamPolicy', 'resourcemanager.projects.setIamPolicy'],
  ['sqladmin', 'instances', 'insert', 'cloudsql.instances.create'],
  ['bigtableadmin', 'projects.instances.tables', 'dropRowRange', 'bigtable.tables.mutateRows'],
  ['spanner', 'projects.instances.databases.sessions', 'streamingRead', 'spanner.databases.read'],
  ['pubsub', 'projects.subscriptions', 'detach', 'pubsub.topics.detachSubscription'],
  ['logging', 'entries', 'tail', 'logging.logEntries.list'],
  ['sqladmin', 'connect', 'generateEphemeralCert', 'cloudsql.instances.connect'],
  ['unheardof', 'projects.things', 'frobnicate', 'unheardof.things.frobnicate'],
  ['pubsub', 'projects.topics', 'testIamPermissions', 'pubsub.topics.testIamPermissions'],
])('%s.%s.%s needs %s…', (service, chain, method, expected) => {
  expect(permissionsOf({ service, chain: chain.split('.'), method, httpMethod: 'POST' }).join(' ')).toBe(
    expected,
  );
});

test('what copies, imports, exports or runs a query reaches further than its name', () => {
  const reach = (service: string, resource: string, method: string) =>
    hasOpenReach({ service, chain: [resource], method, httpMethod: 'POST' });
  expect(reach('bigquery', 'jobs', 'query')).toBe(true);
  expect(reach('sqladmin', 'instances', 'export')).toBe(true);
  expect(reach('alloydb', 'clusters', 'restoreFromCloudSQL')).toBe(true);
  expect(reach('firestore', 'databases', 'exportDocuments')).toBe(true);
  expect(reach('pubsub', 'topics', 'publish')).toBe(false);
});

test('an API asks for as few scopes of its own as it can, and for none where cloud-platform is taken', () => {
  const [first] = api.methods;
  if (first === undefined) throw new Error('there is no method');
  expect(scopesOf([api])).toEqual(['~things']);
  const platform = { ...first, scopes: ['https://www.googleapis.com/auth/cloud-platform'] };
  expect(scopesOf([{ ...api, methods: [first, platform] }])).toEqual([]);
});
