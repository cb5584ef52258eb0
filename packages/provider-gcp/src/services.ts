import type { Action } from '@pai/core';

/** APIs whose permissions begin with another word. */
const apis: Readonly<Record<string, readonly string[]>> = {
  bigtable: ['bigtableadmin'],
  cloudsql: ['sqladmin'],
  datastore: ['firestore'],
  iam: ['iamcredentials'],
  resourcemanager: ['cloudresourcemanager'],
};

/** What `config.services` may call the service of an action: the first word of the permission, or the API, with or without its domain. */
export function servicesOf({ name }: Action): readonly [string, ...string[]] {
  const [service = name] = name.split('.', 1);
  const others = Object.hasOwn(apis, service) ? (apis[service] ?? []) : [];
  return [service, ...others, ...[service, ...others].map((one) => `${one}.googleapis.com`)];
}
