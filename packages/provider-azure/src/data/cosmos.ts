import {
  type Action,
  type AgentRequest,
  decodeUtf8,
  printable,
  readDecoded,
  readJson,
  readPath,
} from '@pai/core';
import { readQuery } from './query.ts';
import { unreadable } from './refuse.ts';
import { compileRoutes, type Routed } from './routes.ts';
import { oneField } from './storage.ts';

const account = 'Microsoft.DocumentDB/databaseAccounts/';
const container = `${account}sqlDatabases/containers/`;

/** Azure Cosmos DB REST API; names from "data plane role-based access control", and of the control plane for what that leaves to it. */
const find = compileRoutes(
  account,
  `
  GET - readMetadata - exists
  GET dbs readMetadata dbs list
  POST dbs sqlDatabases/write dbs feed
  GET dbs/{d} readMetadata dbs/{d} exists
  PUT dbs/{d} sqlDatabases/write dbs/{d}
  DELETE dbs/{d} sqlDatabases/delete dbs/{d}
  GET dbs/{d}/colls readMetadata dbs/{d}/colls list
  POST dbs/{d}/colls sqlDatabases/containers/write dbs/{d}/colls feed
  GET dbs/{d}/colls/{c} readMetadata dbs/{d}/colls/{c} exists
  PUT dbs/{d}/colls/{c} sqlDatabases/containers/write dbs/{d}/colls/{c}
  DELETE dbs/{d}/colls/{c} sqlDatabases/containers/delete dbs/{d}/colls/{c}
  GET dbs/{d}/colls/{c}/pkranges readMetadata dbs/{d}/colls/{c} exists
  GET dbs/{d}/colls/{c}/docs sqlDatabases/containers/readChangeFeed dbs/{d}/colls/{c}/docs documents
  POST dbs/{d}/colls/{c}/docs sqlDatabases/containers/items/create dbs/{d}/colls/{c}/docs documents
  GET,HEAD dbs/{d}/colls/{c}/docs/{i} sqlDatabases/containers/items/read dbs/{d}/colls/{c}/docs/{i}
  PUT dbs/{d}/colls/{c}/docs/{i} sqlDatabases/containers/items/replace dbs/{d}/colls/{c}/docs/{i} written
  PATCH dbs/{d}/colls/{c}/docs/{i} sqlDatabases/containers/items/replace dbs/{d}/colls/{c}/docs/{i} written
  DELETE dbs/{d}/colls/{c}/docs/{i} sqlDatabases/containers/items/delete dbs/{d}/colls/{c}/docs/{i} written
  POST dbs/{d}/colls/{c}/operations/partitionkeydelete sqlDatabases/containers/items/delete dbs/{d}/colls/{c}/docs
  POST dbs/{d}/colls/{c}/sprocs/{i} sqlDatabases/containers/executeStoredProcedure dbs/{d}/colls/{c}
  GET dbs/{d}/colls/{c}/{kind} sqlDatabases/containers/{kind}/read dbs/{d}/colls/{c}
  POST dbs/{d}/colls/{c}/{kind} sqlDatabases/containers/{kind}/write dbs/{d}/colls/{c} feed
  GET dbs/{d}/colls/{c}/{kind}/{i} sqlDatabases/containers/{kind}/read dbs/{d}/colls/{c}
  PUT dbs/{d}/colls/{c}/{kind}/{i} sqlDatabases/containers/{kind}/write dbs/{d}/colls/{c}
  DELETE dbs/{d}/colls/{c}/{kind}/{i} sqlDatabases/containers/{kind}/delete dbs/{d}/colls/{c}
  GET dbs/{d}/users sqlDatabases/users/read dbs/{d}
  POST dbs/{d}/users sqlDatabases/users/write dbs/{d} feed
  GET dbs/{d}/users/{u} sqlDatabases/users/read dbs/{d}/users/{u}
  PUT dbs/{d}/users/{u} sqlDatabases/users/write dbs/{d}/users/{u}
  DELETE dbs/{d}/users/{u} sqlDatabases/users/delete dbs/{d}/users/{u}
  GET dbs/{d}/users/{u}/permissions sqlDatabases/users/permissions/read dbs/{d}/users/{u} tokens
  POST dbs/{d}/users/{u}/permissions sqlDatabases/users/permissions/write dbs/{d}/users/{u} feed tokens
  GET dbs/{d}/users/{u}/permissions/{i} sqlDatabases/users/permissions/read dbs/{d}/users/{u} tokens
  PUT dbs/{d}/users/{u}/permissions/{i} sqlDatabases/users/permissions/write dbs/{d}/users/{u} tokens
  DELETE dbs/{d}/users/{u}/permissions/{i} sqlDatabases/users/permissions/delete dbs/{d}/users/{u} tokens
  GET dbs/{d}/clientencryptionkeys sqlDatabases/clientEncryptionKeys/read dbs/{d}
  POST dbs/{d}/clientencryptionkeys sqlDatabases/clientEncryptionKeys/write dbs/{d} feed
  GET dbs/{d}/clientencryptionkeys/{i} sqlDatabases/clientEncryptionKeys/read dbs/{d}
  PUT dbs/{d}/clientencryptionkeys/{i} sqlDatabases/clientEncryptionKeys/write dbs/{d}
  GET offers throughputSettings/read -
  POST offers throughputSettings/write - feed
  GET offers/{i} throughputSettings/read -
  PUT offers/{i} throughputSettings/write -
  `,
);

/** What a container holds beside items. */
const kinds: Readonly<Record<string, string>> = {
  sprocs: 'storedProcedures',
  triggers: 'triggers',
  udfs: 'userDefinedFunctions',
  conflicts: 'conflicts',
};

/**
 * The actions of a request to Azure Cosmos DB for NoSQL, on `<host>/dbs/<database>/colls/<container>/docs/<item>`. Throws
 * `malformed_request` for one that has more than one reading or none.
 */
export async function readCosmos(request: AgentRequest): Promise<readonly Action[]> {
  readQuery(request);
  const { method, host } = request;
  const { segments } = readPath(request.path);
  const found = find(method, segments);
  const kind = found?.labels.get('kind');
  if (
    found === undefined ||
    segments.some((segment) => segment.includes('%2F')) ||
    (kind !== undefined && !Object.hasOwn(kinds, kind))
  ) {
    throw unreadable(
      `${printable(`${method} ${request.path}`)} is no operation of Cosmos DB that is known; use one that it documents`,
    );
  }
  const resource = found.resource === '' ? host : `${host}/${found.resource}`;
  const modes = modesOf(request);
  if (found.flags.has('documents'))
    return [...(await onDocuments(request, modes, resource)), ...triggersOf(request, resource)];
  if (modes.length > 0 && !(found.flags.has('feed') && modes.join() === 'query')) throw contradiction(modes);
  const isQuery = modes.includes('query');
  const action = {
    name: nameOf(found, kind, isQuery),
    resource,
    ...(found.flags.has('exists') && { hasNoPart: true }),
    ...((found.flags.has('list') || isQuery) && { part: '' }),
    // A permission comes with a token for what it is about.
    ...(found.flags.has('tokens') && ({ reach: 'any' } as const)),
  };
  return [action, ...(found.flags.has('written') ? triggersOf(request, resource) : [])];
}

function nameOf({ action, resource }: Routed, kind: string | undefined, isQuery: boolean): string {
  if (kind === 'conflicts') return `${container}manageConflicts`;
  const name = action.replace('{kind}', kinds[kind ?? ''] ?? '');
  if (!isQuery) return name;
  return /^dbs(?:\/[^/]*\/colls)?$/.test(resource)
    ? `${account}readMetadata`
    : name.replace(/write$/, 'read');
}

const flags: readonly (readonly [field: string, mode: string])[] = [
  ['x-ms-documentdb-isquery', 'query'],
  ['x-ms-documentdb-query', 'query'],
  ['x-ms-cosmos-is-query-plan-request', 'query'],
  ['x-ms-documentdb-is-upsert', 'upsert'],
  ['x-ms-cosmos-is-batch-request', 'batch'],
];

/** What the fields say that a POST is, once each. */
function modesOf(request: AgentRequest): readonly string[] {
  const found = new Set<string>();
  for (const [field, mode] of flags) {
    const value = oneField(request, field);
    if (value === undefined || /^false$/i.test(value)) continue;
    if (!/^true$/i.test(value)) throw unreadable(`${field} is neither True nor False; send one of them`);
    found.add(mode);
  }
  const isQueryContent = /^application\/query\+json\b/i.test(oneField(request, 'content-type') ?? '');
  if (isQueryContent !== found.has('query')) {
    throw unreadable(
      'a query has both x-ms-documentdb-isquery: True and the content-type application/query+json; send both, or neither',
    );
  }
  return [...found];
}

function contradiction(modes: readonly string[]): Error {
  return unreadable(
    `the fields say ${modes.join(' and ')}, which does not go with the rest of the request; send one that does`,
  );
}

async function onDocuments(
  request: AgentRequest,
  modes: readonly string[],
  resource: string,
): Promise<readonly Action[]> {
  if (modes.length > 1 || (request.method !== 'POST' && modes.length > 0)) throw contradiction(modes);
  if (request.method === 'GET') {
    return [
      `${container}readChangeFeed`,
      ...(oneField(request, 'a-im') === undefined ? [`${container}items/read`] : []),
    ].map((name) => ({ name, resource, part: '' }));
  }
  const [mode] = modes;
  if (mode === 'query') return [{ name: `${container}executeQuery`, resource, part: '' }];
  if (mode === 'batch') return readBatch(request, resource);
  return [{ name: `${container}items/${mode ?? 'create'}`, resource }];
}

/** Triggers run code of the container, as stored procedures do. */
function triggersOf(request: AgentRequest, resource: string): readonly Action[] {
  const hasTrigger = ['x-ms-documentdb-pre-trigger-include', 'x-ms-documentdb-post-trigger-include'].some(
    (field) => oneField(request, field) !== undefined,
  );
  return hasTrigger
    ? [{ name: `${container}executeStoredProcedure`, resource: resource.replace(/\/docs(?:\/.*)?$/, '') }]
    : [];
}

const inBatch: ReadonlyMap<string, string> = new Map([
  ['create', 'create'],
  ['upsert', 'upsert'],
  ['read', 'read'],
  ['replace', 'replace'],
  ['patch', 'replace'],
  ['delete', 'delete'],
]);

/** Bytes of a batch (Azure Cosmos DB, "service quotas": 2 MiB). */
const longestBatch = 2 * 1024 * 1024;
/** The same: 100 operations. */
const mostOperations = 100;

async function readBatch(request: AgentRequest, resource: string): Promise<readonly Action[]> {
  const operations = readJson(decodeUtf8(await readDecoded(request, longestBatch)), { isExact: false });
  if (!Array.isArray(operations) || operations.length > mostOperations) {
    throw unreadable(`the batch is no list of up to ${mostOperations} operations; send one as JSON`);
  }
  return operations.map((operation: unknown): Action => {
    const members = (typeof operation === 'object' && operation !== null ? operation : {}) as Record<
      string,
      unknown
    >;
    const { operationType, id } = members;
    const isPlain = Object.keys(members).every(
      (name) => !/^(?:operationtype|id)$/i.test(name) || name === 'id' || name === 'operationType',
    );
    const verb = typeof operationType === 'string' ? inBatch.get(operationType.toLowerCase()) : undefined;
    if (!isPlain || verb === undefined || (id !== undefined && typeof id !== 'string')) {
      throw unreadable(
        'the batch has an operation without a known operationType and a plain id; send one with both',
      );
    }
    // The content of what is made says its id.
    const isNamed = id !== undefined && verb !== 'create' && verb !== 'upsert';
    return { name: `${container}items/${verb}`, resource: isNamed ? `${resource}/${id}` : resource };
  });
}
