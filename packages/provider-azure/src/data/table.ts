import { type Action, type AgentRequest, printable, readDecoded } from '@pai/core';
import { isMixed, type MixedPart, readHttpPart, readMixed } from './mixed.ts';
import { readQuery } from './query.ts';
import { unreadable } from './refuse.ts';
import {
  isEntityBatch,
  namesOf,
  oneField,
  storageActions,
  storageHost,
  unknownOperation,
} from './storage.ts';

const service = `${storageActions}tableServices/`;

const known: ReadonlySet<string> = new Set(
  'comp restype timeout api-version $format $top $select $filter nextpartitionkey nextrowkey nexttablename'.split(
    ' ',
  ),
);

/** Bytes of a transaction (Table service REST API, "Performing entity group transactions": 4 MiB). */
const longestBatch = 4 * 1024 * 1024;

/**
 * The actions of a request to the Table service, on `<account host>/<table>`; names from
 * "Permissions for calling data operations" (Azure Storage, "Authorize with Microsoft Entra ID"). Throws
 * `malformed_request` for one that has more than one reading or none.
 */
export function readTable(request: AgentRequest): readonly Action[] | Promise<readonly Action[]> {
  const { method, path } = request;
  const host = storageHost(request.host);
  const query = readQuery(request, { known });
  const comp = query.get('comp')?.toLowerCase();
  if (path === '/') return [{ name: onService(method, query.get('restype'), comp), resource: host }];
  if (query.has('restype')) throw unknownOperation(method, 'restype', 'a table');
  const [name = '', ...others] = namesOf(path.slice(1));
  if (others.length > 0)
    throw unreadable('the path has empty segments or dots at the end of one; leave them out');
  if (name === '$batch')
    return comp === undefined && method === 'POST' ? readBatch(request) : unknown(method, name);
  const [, table = '', key] =
    /^([A-Za-z][A-Za-z0-9]{2,62}|\$Metrics[A-Za-z]+)(?:\((.*)\))?$/s.exec(name) ?? unknown(method, name);
  if (/^tables$/i.test(table)) return onTables(method, key, comp, host);
  const resource = `${host}/${table}`;
  if (comp !== undefined) {
    const access =
      comp === 'acl' && key === undefined
        ? { GET: 'getAcl', HEAD: 'getAcl', PUT: 'setAcl' }[method]
        : undefined;
    return access === undefined
      ? unknown(method, `comp=${comp}`)
      : [{ name: `${service}tables/${access}/action`, resource }];
  }
  return [
    {
      name: `${service}tables/entities/${entityVerb(request, key)}`,
      resource,
      ...(isQuery(method, key) && { part: '' }),
    },
  ];
}

function unknown(method: string, what: string): never {
  throw unknownOperation(method, what, 'a table');
}

function onService(method: string, restype: string | undefined, comp: string | undefined): string {
  const what = `${restype?.toLowerCase()}/${comp}`;
  if (what === 'service/properties' && (method === 'GET' || method === 'PUT')) {
    return service + (method === 'GET' ? 'read' : 'write');
  }
  if (what === 'service/stats' && method === 'GET') return `${service}read`;
  throw unknownOperation(method, what, 'an account');
}

function onTables(
  method: string,
  key: string | undefined,
  comp: string | undefined,
  host: string,
): readonly Action[] {
  if (comp !== undefined) return unknown(method, `comp=${comp}`);
  const isAll = key === undefined || key === '';
  const [, table] = /^'([A-Za-z][A-Za-z0-9]{2,62})'$/.exec(key ?? '') ?? [];
  if (isAll && method === 'GET') return [{ name: `${service}tables/read`, resource: host, part: '' }];
  // The new table's name is in the content, whose form the agent chooses: the account is what is written to.
  if (isAll && method === 'POST') return [{ name: `${service}tables/write`, resource: host }];
  if (table === undefined) return unknown(method, 'a key of Tables');
  const resource = `${host}/${table}`;
  if (method === 'DELETE') return [{ name: `${service}tables/delete`, resource }];
  return method === 'GET'
    ? [{ name: `${service}tables/read`, resource }]
    : unknown(method, 'a table of Tables');
}

function isQuery(method: string, key: string | undefined): boolean {
  return method === 'GET' && (key === undefined || key === '');
}

/** Both keys, in either order, quotes doubled inside: nothing else names an entity. */
const entityKey =
  /^(?:PartitionKey='(?:[^']|'')*',\s*RowKey='(?:[^']|'')*'|RowKey='(?:[^']|'')*',\s*PartitionKey='(?:[^']|'')*')$/;

/** Without `If-Match` an update makes what is not there: Insert Or Replace, Insert Or Merge. */
function entityVerb(request: AgentRequest, key: string | undefined): string {
  const { method } = request;
  if (key === undefined || key === '') {
    if (method === 'GET') return 'read';
    return method === 'POST' && key === undefined ? 'add/action' : unknown(method, 'all entities');
  }
  if (!entityKey.test(key))
    throw unreadable(`the key ${printable(key)} is not (PartitionKey='…',RowKey='…'); write it so`);
  if (method === 'GET' || method === 'HEAD') return 'read';
  if (method === 'DELETE') return 'delete';
  if (method !== 'PUT' && method !== 'PATCH' && method !== 'MERGE') return unknown(method, 'an entity');
  return oneField(request, 'if-match') === undefined ? 'write' : 'update/action';
}

/** A transaction means what its parts mean, those of a change set included. */
async function readBatch(request: AgentRequest): Promise<readonly Action[]> {
  const parts = readMixed(request, await readDecoded(request, longestBatch));
  const actions: Action[] = [];
  for (const part of parts.flatMap(partsOf)) {
    const inner = readHttpPart(request, part);
    if (isEntityBatch(inner.path))
      throw unreadable('a part of the batch is a batch itself; send it on its own');
    actions.push(...(await readTable(inner)));
  }
  return actions;
}

function partsOf(part: MixedPart): readonly MixedPart[] {
  return isMixed(part) ? readMixed(part, part.content) : [part];
}
