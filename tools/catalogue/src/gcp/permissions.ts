import { namesAToC } from './permission-names/a-to-c.ts';
import { computeNames } from './permission-names/compute.ts';
import { namesDToL } from './permission-names/d-to-l.ts';
import { namesMToZ } from './permission-names/m-to-z.ts';

/** A method of Google's APIs, as its discovery document names it. */
export interface MethodName {
  /** The API's name: `pubsub`, `cloudresourcemanager`. */
  readonly service: string;
  /** The resources that the method belongs to, from the outermost on: `projects`, `topics`. */
  readonly chain: readonly string[];
  readonly method: string;
  readonly httpMethod: string;
}

/**
 * The IAM permissions that a method needs, the one that it is named for first. Never empty. What no table knows is named
 * `<api>.<last resource>.<verb>`, which is exact for most methods (IAM documentation, "Permissions reference").
 */
export function permissionsOf(name: MethodName): readonly string[] {
  const { service, method } = name;
  const chain = name.chain.filter((one) => !/^v\d/.test(one));
  const prefix = prefixes[service] ?? service;
  const last = chain.at(-1) ?? '';
  if (method === 'testIamPermissions') return [joined(prefix, last, method)];
  const named = namedBy(tables.get(service), chain, method) ?? byRule({ ...name, chain });
  return named.split('+').map((one) => {
    const colon = one.indexOf(':');
    const own = colon === -1 ? prefix : one.slice(0, colon);
    return joined(
      own,
      ...one
        .slice(colon + 1)
        .replace('$', verbOf(method))
        .split('.'),
    );
  });
}

function joined(...parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join('.');
}

/** The prefix of the permissions of APIs that have another one than their name. */
const prefixes: Readonly<Record<string, string>> = {
  bigtableadmin: 'bigtable',
  billingbudgets: 'billing',
  clouderrorreporting: 'errorreporting',
  cloudresourcemanager: 'resourcemanager',
  fcm: 'cloudmessaging',
  firestore: 'datastore',
  iamcredentials: 'iam',
  kmsinventory: 'cloudkms',
  serviceconsumermanagement: 'serviceconsumermanagement',
  sourcerepo: 'source',
  sql: 'cloudsql',
  sqladmin: 'cloudsql',
  toolresults: 'cloudtoolresults',
  translate: 'cloudtranslate',
  websecurityscanner: 'cloudsecurityscanner',
  workflowexecutions: 'workflows',
};

const verbs: Readonly<Record<string, string>> = {
  aggregatedList: 'list',
  batchCreate: 'create',
  batchDelete: 'delete',
  batchGet: 'get',
  batchUpdate: 'update',
  bulkDelete: 'delete',
  bulkInsert: 'create',
  createAsync: 'create',
  getHealth: 'get',
  insert: 'create',
  listUsable: 'list',
  patch: 'update',
  updateAsync: 'update',
};

function verbOf(method: string): string {
  return verbs[method] ?? method;
}

/** What holds everything else: a method that names a thing there is on that thing. */
const holders = new Set([
  '',
  'projects',
  'locations',
  'folders',
  'organizations',
  'billingAccounts',
  'global',
]);

function byRule({ chain, method }: MethodName): string {
  const last = chain.at(-1) ?? '';
  const [, verb, thing] = /^(get|update|delete)([A-Z]\w+)$/.exec(method) ?? [];
  if (holders.has(last) && verb !== undefined && thing !== undefined && thing !== 'IamPolicy') {
    return `${thing.slice(0, 1).toLowerCase()}${thing.slice(1)}.${verb}`;
  }
  return `${last}.${verbOf(method)}`;
}

function namedBy(table: ReadonlyMap<string, string> | undefined, chain: readonly string[], method: string) {
  if (table === undefined) return undefined;
  const ways = chain.map((_, i) => chain.slice(i).join('/'));
  for (const way of ways) {
    for (const own of [method, isRead(method) ? '<' : '>', '*']) {
      const found = table.get(`${way}/${own}`);
      if (found !== undefined) return found;
    }
  }
  return table.get(`*/${method}`);
}

function isRead(method: string): boolean {
  return /^(?:get|list|fetch|search|query|retrieve|describe|lookup)/.test(method);
}

/** Rules by API, a line each: see `permission-names/a-to-c.ts`. */
const tables: ReadonlyMap<string, ReadonlyMap<string, string>> = new Map(
  Object.entries({ ...namesAToC, ...namesDToL, ...namesMToZ, compute: computeNames }).map(
    ([service, text]) => [service, readTable(service, text)],
  ),
);

function readTable(service: string, text: string): ReadonlyMap<string, string> {
  const table = new Map<string, string>();
  for (const line of text.trim().split('\n')) {
    const [, way, methods, name] = /^ *(\S+)\/([^/ ]+) (\S+)$/.exec(line) ?? [];
    if (way === undefined || methods === undefined || name === undefined)
      throw new Error(`${service}: ${line}`);
    for (const method of methods.split(',')) table.set(`${way}/${method}`, name);
  }
  return table;
}
