import { type Action, type AgentRequest, getHeader } from '@pai/core';
import { readBlob } from './blob.ts';
import { type Query, readQuery } from './query.ts';
import { unreadable } from './refuse.ts';
import {
  checkContainer,
  namesOf,
  oneField,
  onNames,
  onPrefixes,
  readStoragePath,
  storageActions,
  storageHost,
  unknownOperation,
} from './storage.ts';

const containers = `${storageActions}blobServices/containers/`;
const blobs = `${containers}blobs/`;

/** Every parameter that Data Lake's own API reads. */
const known: ReadonlySet<string> = new Set(
  [
    'resource action timeout api-version blobtype continuation directory recursive maxresults upn prefix mode position retainuncommitteddata',
    'close flush maxrecords forceflag paginated beginfrom fsaction',
  ].flatMap((line) => line.split(' ')),
);

/**
 * The actions of a request to Data Lake Storage (its REST API, `filesystem` and `path`), on the same resources as those
 * of the Blob service, `<account blob host>/<filesystem>/<path>`. What may reach below a directory is also done to
 * `<directory>/*`. Throws `malformed_request` for one that has more than one reading or none.
 */
export function readDfs(request: AgentRequest): readonly Action[] | Promise<readonly Action[]> {
  if (/(?:^|&)(?:comp|restype)(?:=|&|$)/i.test(request.query)) return readBlob(request);
  if (getHeader(request.headers, 'x-ms-copy-source') !== undefined) {
    throw unreadable('x-ms-copy-source is on a request that copies nothing; leave it out');
  }
  const query = readQuery(request, { known });
  const host = storageHost(request.host);
  const { container, rest } = readStoragePath(request.path);
  const resource = query.get('resource')?.toLowerCase();
  if (container === undefined) {
    if (request.method !== 'GET' || resource !== 'account')
      throw unknownOperation(request.method, resource ?? '', 'an account');
    return onPrefixes(`${containers}read`, host, query.get('prefix') ?? '');
  }
  const base = `${host}/${checkContainer(container)}`;
  if (resource === 'filesystem' && rest === undefined) return onFilesystem(request.method, query, base);
  return readPathActions(request, query, base, rest);
}

function onFilesystem(method: string, query: Query, base: string): readonly Action[] {
  if (query.has('action')) throw unknownOperation(method, 'action', 'a filesystem');
  if (method === 'GET') {
    const directory = (query.get('directory') ?? '').replace(/^\/+|(?<!\/)\/+$/g, '');
    return onPrefixes(`${blobs}read`, base, directory === '' ? '' : `${directory}/`);
  }
  const verb = { PUT: 'write', PATCH: 'write', HEAD: 'read', DELETE: 'delete' }[method];
  if (verb === undefined) throw unknownOperation(method, 'resource=filesystem', 'a filesystem');
  return [{ name: containers + verb, resource: base, ...(method === 'HEAD' && { hasNoPart: true }) }];
}

function readPathActions(
  request: AgentRequest,
  query: Query,
  base: string,
  rest: string | undefined,
): readonly Action[] {
  const names = rest === undefined ? [''] : namesOf(rest);
  const isTree = hasTree(request.method, query);
  const on = (verb: string, isDeep = isTree) =>
    names.flatMap((name) => {
      const path = name === '' ? base : `${base}/${name}`;
      const action = { name: blobs + verb, resource: path };
      return isDeep ? [action, { name: blobs + verb, resource: `${path}/*` }] : [action];
    });
  const source = oneField(request, 'x-ms-rename-source');
  if (source !== undefined) {
    if (request.method !== 'PUT' || query.has('resource') || query.has('action') || rest === undefined) {
      throw unreadable('x-ms-rename-source is on a request that renames nothing; leave it out');
    }
    return [
      ...renamed(source, base),
      ...on('write', true),
      ...extrasOf(request).flatMap((verb) => on(verb, true)),
    ];
  }
  return verbsOf(request, query).flatMap((verb) => on(verb));
}

/** Whether a request goes on below the path that it names. */
function hasTree(method: string, query: Query): boolean {
  const action = query.get('action')?.toLowerCase();
  if (method === 'PATCH') return action === 'setaccesscontrolrecursive';
  const recursive = query.get('recursive')?.toLowerCase() ?? 'false';
  if (recursive !== 'true' && recursive !== 'false') {
    throw unreadable('recursive is neither true nor false; send one of them');
  }
  return method === 'DELETE' && recursive === 'true';
}

function verbsOf(request: AgentRequest, query: Query): readonly string[] {
  const verb = verbOf(request, query);
  if (request.method === 'PUT') return [verb, ...extrasOf(request)];
  return verb === setsAccess ? accessOf(request) : [verb];
}

const setsAccess = 'setAccessControl';

/** Owners and permissions may be set at once; SDKs send the fields of what they do not set, empty. */
function accessOf(request: AgentRequest): readonly string[] {
  const isSet = (name: string) => (oneField(request, name) ?? '') !== '';
  const owns = ['x-ms-owner', 'x-ms-group'].some(isSet);
  const modifies = ['x-ms-acl', 'x-ms-permissions'].some(isSet);
  return [...(owns ? ['manageOwnership/action'] : []), ...(modifies || !owns ? [modify] : [])];
}

const modify = 'modifyPermissions/action';

function verbOf(request: AgentRequest, query: Query): string {
  const { method } = request;
  const action = query.get('action')?.toLowerCase() ?? '';
  const resource = query.get('resource')?.toLowerCase();
  if (method === 'PATCH' && resource === undefined) {
    if (action === 'append' || action === 'flush' || action === 'setproperties') return 'write';
    if (action === 'setaccesscontrolrecursive') return modify;
    if (action === 'setaccesscontrol') return setsAccess;
  }
  if (method === 'HEAD' && resource === undefined && headActions.has(action)) return 'read';
  if (action === '') {
    if (method === 'PUT' && (resource === 'file' || resource === 'directory')) return 'write';
    const verb =
      resource === undefined ? { GET: 'read', POST: 'write', DELETE: 'delete' }[method] : undefined;
    if (verb !== undefined) return verb;
  }
  throw unknownOperation(method, action === '' ? `resource=${resource ?? ''}` : `action=${action}`, 'a path');
}

const headActions: ReadonlySet<string> = new Set(['', 'getstatus', 'getaccesscontrol', 'checkaccess']);

function hasOwner({ headers }: AgentRequest): boolean {
  return ['x-ms-owner', 'x-ms-group'].some((name) => getHeader(headers, name) !== undefined);
}

function extrasOf(request: AgentRequest): readonly string[] {
  const hasAccess = getHeader(request.headers, 'x-ms-acl') !== undefined;
  return [...(hasOwner(request) ? ['manageOwnership/action'] : []), ...(hasAccess ? [modify] : [])];
}

/** `/filesystem/path`, encoded: it is read there and deleted there, with all that is below it. */
function renamed(source: string, base: string): readonly Action[] {
  const [, path = '', query] = /^(\/[^?#\s\\]+)(?:\?(.*))?$/.exec(source) ?? [];
  const { container = '', rest } = readStoragePath(path === '' ? '/' : path);
  if (query !== undefined || rest === undefined) {
    throw unreadable('x-ms-rename-source is not /filesystem/path; write it so, without a signature');
  }
  const host = base.slice(0, base.indexOf('/'));
  return namesOf(rest, 'the rename source').flatMap((name) =>
    ['read', 'delete'].flatMap((verb) =>
      onNames(blobs + verb, `${host}/${checkContainer(container)}`, [name, `${name}/*`]),
    ),
  );
}
