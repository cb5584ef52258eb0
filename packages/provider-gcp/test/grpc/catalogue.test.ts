import { describe, expect, test } from 'vitest';
import { grpcHosts, loadHost, type RpcNeed } from '../../src/grpc/catalogue.ts';
import { mixins } from '../../src/grpc/mixins.ts';
import { readers } from '../../src/grpc/readers.ts';
import type { FieldPath } from '../../src/grpc/template.ts';
import { actionsOf, encode, type Fields } from './call.ts';

const rpcs = await Promise.all(
  (await grpcHosts()).map(async (host) => {
    const model = await loadHost(host);
    return (model?.services() ?? []).flatMap((service) =>
      (model?.service(service)?.rpcs() ?? []).map((name) => ({ host, service, name })),
    );
  }),
).then((lists) => lists.flat());

describe('every rpc of the catalogue', () => {
  test('is one of thousands, of the services that matter most', () => {
    expect(rpcs.length).toBeGreaterThan(9_000);
    const services = new Set(rpcs.map(({ service }) => service));
    for (const service of [
      'google.pubsub.v1.Publisher',
      'google.pubsub.v1.Subscriber',
      'google.firestore.v1.Firestore',
      'google.firestore.admin.v1.FirestoreAdmin',
      'google.datastore.v1.Datastore',
      'google.spanner.v1.Spanner',
      'google.spanner.admin.database.v1.DatabaseAdmin',
      'google.bigtable.v2.Bigtable',
      'google.bigtable.admin.v2.BigtableTableAdmin',
      'google.cloud.secretmanager.v1.SecretManagerService',
      'google.cloud.kms.v1.KeyManagementService',
      'google.logging.v2.LoggingServiceV2',
      'google.storage.v2.Storage',
      'google.storage.control.v2.StorageControl',
    ]) {
      expect(services, service).toContain(service);
    }
  });

  test('has a permission by its form, and with an empty message none of a resource', async () => {
    for (const { host, service, name } of rpcs) {
      const actions = await actionsOf(host, `/${service}/${name}`, Buffer.alloc(0));
      expect(actions.length, `${service}/${name}`).toBeGreaterThan(0);
      for (const action of actions) {
        expect(action, `${service}/${name}`).toMatch(/^[a-zA-Z][\w./-]*\.\w+ \*$/);
      }
    }
  });

  test('names the resource that its message says, where a field says one', async () => {
    let count = 0;
    for (const { host, service, name } of rpcs) {
      const rpc = (await loadHost(host))?.service(service)?.rpc(name);
      const need = rpc?.needs[0];
      const path = `${service}/${name}`;
      if (rpc === undefined || need === undefined || readers.has(path)) continue;
      if (rpc.isOpen) continue;
      const sample = sampleOf(need);
      if (sample === undefined) continue;
      count += 1;
      const resource = sample.name.startsWith('//') ? sample.name : `//${host}/${sample.name}`;
      const found = await actionsOf(host, `/${path}`, encode(sample.fields));
      expect(
        found.map((action) => action.replace(/^\S+ | \[.*\]$/g, '')),
        path,
      ).toContain(resource);
    }
    expect(count).toBeGreaterThan(8_000);
  });

  test('that content says more of is read by a reader, and no reader is without its rpc', async () => {
    for (const path of readers.keys()) {
      const [service = '', name = ''] = path.split('/');
      const host = rpcs.find((rpc) => rpc.service === service)?.host ?? '';
      expect((await loadHost(host))?.service(service)?.rpc(name)?.isRead, path).toBe(true);
    }
  });
});

test.each([
  [
    '/google.longrunning.Operations/GetOperation',
    { 1: 'projects/p/operations/o' },
    'pubsub.operations.get //pubsub.googleapis.com/projects/p/operations/o',
  ],
  [
    '/google.longrunning.Operations/ListOperations',
    { 4: 'projects/p' },
    'pubsub.operations.list //pubsub.googleapis.com/projects/p []',
  ],
  [
    '/google.iam.v1.IAMPolicy/SetIamPolicy',
    { 1: 'projects/p/topics/t' },
    'pubsub.topics.setIamPolicy //pubsub.googleapis.com/projects/p/topics/t',
  ],
  [
    '/google.iam.v1.IAMPolicy/GetIamPolicy',
    { 1: 'projects/p/subscriptions/s' },
    'pubsub.subscriptions.getIamPolicy //pubsub.googleapis.com/projects/p/subscriptions/s',
  ],
  [
    '/google.cloud.location.Locations/GetLocation',
    { 1: 'projects/p/locations/l' },
    'pubsub.locations.get //pubsub.googleapis.com/projects/p/locations/l',
  ],
])('a service that every host has is that of the host: %s', async (path, fields, action) => {
  expect(await actionsOf('pubsub.googleapis.com', path, encode(fields))).toEqual([action]);
  expect(mixins.size).toBe(3);
});

/** Values for the fields of a need's first template, and the name that they make. */
function sampleOf({ templates }: RpcNeed): { fields: Fields; name: string } | undefined {
  const template = templates[0]?.[0];
  if (template === undefined) return undefined;
  const fields: Record<number, unknown> = {};
  let name = '';
  for (const part of template.parts) {
    if (typeof part === 'string') {
      name += part;
      continue;
    }
    const value = part.pattern === undefined ? 'some-id' : valueFor(part.pattern);
    set(fields, part.path, value);
    name += value;
  }
  return { fields: fields as Fields, name };
}

/** A text that a template's pattern takes. */
function valueFor(pattern: string): string {
  return pattern.replaceAll('**', 'a/b').replaceAll('*', 'x1');
}

function set(fields: Record<number, unknown>, [step, ...rest]: FieldPath, value: string): void {
  if (step === undefined) return;
  if (rest.length === 0) {
    fields[step.number] = value;
    return;
  }
  const inner = (fields[step.number] ?? {}) as Record<number, unknown>;
  fields[step.number] = inner;
  set(inner, rest, value);
}
