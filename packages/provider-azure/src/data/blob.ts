import { type Action, type AgentRequest, getHeader, printable, readDecoded } from '@pai/core';
import { hasSignature } from '../answer/shared-access.ts';
import { readCopySource } from './copy-source.ts';
import { readHttpPart, readMixed } from './mixed.ts';
import { compileOperations, type Operation } from './operations.ts';
import { type Query, readQuery } from './query.ts';
import { unreadable } from './refuse.ts';
import {
  checkContainer,
  checkRestored,
  namesOf,
  oneField,
  onNames,
  onPrefixes,
  readStoragePath,
  storageActions,
  storageHost,
  unknownOperation,
} from './storage.ts';

const service = `${storageActions}blobServices/`;
const blobs = `${service}containers/blobs/`;

/** Blob service REST API; names from "Permissions for calling data operations" (Azure Storage, "Authorize with Microsoft Entra ID"). */
const onAccount = compileOperations(
  service,
  `
  GET list containers/read list
  GET blobs containers/blobs/filter/action all
  POST batch - batch
  GET service/properties read
  PUT service/properties write
  GET service/stats read
  POST service/userdelegationkey generateUserDelegationKey/action any
  GET,HEAD account/properties getInfo/action
  `,
);

const onContainer = compileOperations(
  `${service}containers/`,
  `
  PUT - write made
  GET,HEAD - read exists
  DELETE - delete
  PUT metadata write
  GET,HEAD metadata read
  GET,HEAD acl getAcl/action
  PUT acl setAcl/action
  PUT lease write
  PUT undelete write restored
  PUT rename write renamed
  GET list blobs/read list
  GET blobs blobs/filter/action all
  POST batch - batch
  `,
);

const onBlob = compileOperations(
  blobs,
  `
  GET,HEAD - read
  GET,HEAD metadata read
  GET,HEAD blocklist read
  GET,HEAD pagelist read
  POST query read
  GET,HEAD tags tags/read
  PUT tags tags/write
  PUT - write source
  PUT block write source
  PUT blocklist write
  PUT page write source
  PUT incrementalcopy write source
  PUT appendblock add/action source
  PUT seal write
  PUT properties write
  PUT metadata write
  PUT lease write
  PUT snapshot write
  PUT tier write
  PUT copy write
  PUT expiry write
  PUT undelete write
  PUT immutabilitypolicies immutableStorage/runAsSuperUser/action
  DELETE immutabilitypolicies immutableStorage/runAsSuperUser/action
  PUT legalhold immutableStorage/runAsSuperUser/action
  DELETE - delete
  `,
);

/** Every parameter that the Blob service reads. */
const known: ReadonlySet<string> = new Set(
  [
    'comp restype timeout api-version prefix marker maxresults delimiter include startfrom endbefore showonly where snapshot',
    'prevsnapshot versionid deletetype blockid blocklisttype copyid upn',
  ].flatMap((line) => line.split(' ')),
);

/**
 * The actions of a request to the Blob service, on `<account host>/<container>/<blob>`. Throws `malformed_request` for
 * whatever has more than one reading or none.
 */
export function readBlob(request: AgentRequest): readonly Action[] | Promise<readonly Action[]> {
  const query = readQuery(request, { known });
  const restype = query.get('restype')?.toLowerCase();
  const comp = selectorOf(query);
  const host = storageHost(request.host);
  const { container, rest } = readStoragePath(request.path);
  if (restype === 'account') return readAccount(request, query, host, `account/${comp}`);
  if (container === undefined) {
    return readAccount(request, query, host, restype === undefined ? comp : `${restype}/${comp}`);
  }
  if (restype === 'container' && rest === undefined) {
    return readContainer(request, query, host, checkContainer(container));
  }
  if (restype !== undefined) throw unknownOperation(request.method, `restype=${restype}`, 'a blob');
  const names = rest === undefined ? namesOf(container, 'the blob') : namesOf(rest, 'the blob');
  return readOne(
    request,
    query,
    `${host}/${rest === undefined ? '$root' : checkContainer(container)}`,
    names,
  );
}

/** `comp=` says nothing that all servers read alike. */
function selectorOf(query: Query): string {
  if (query.get('comp') === '')
    throw unreadable('the query has an empty comp; give it a value or leave it out');
  return query.get('comp')?.toLowerCase() ?? '';
}

function readAccount(
  request: AgentRequest,
  query: Query,
  host: string,
  selector: string,
): readonly Action[] | Promise<readonly Action[]> {
  const operation = onAccount(request.method, selector);
  if (operation === undefined) throw unknownOperation(request.method, selector, 'an account');
  if (operation.flags.has('batch')) return readBatch(request);
  return readListing(operation, query, host);
}

function readContainer(
  request: AgentRequest,
  query: Query,
  host: string,
  container: string,
): readonly Action[] | Promise<readonly Action[]> {
  const selector = selectorOf(query);
  const operation = onContainer(request.method, selector);
  if (operation === undefined) throw unknownOperation(request.method, selector, 'a container');
  if (operation.flags.has('batch')) return readBatch(request, container);
  const resource = `${host}/${container}`;
  const actions = readListing(operation, query, resource);
  if (operation.flags.has('restored')) checkRestored(request, 'x-ms-deleted-container-name', container);
  if (operation.flags.has('made') && getHeader(request.headers, 'x-ms-blob-public-access') !== undefined)
    return [...actions, { name: `${service}containers/setAcl/action`, resource }];
  if (!operation.flags.has('renamed')) return actions;
  const source = checkContainer(oneField(request, 'x-ms-source-container-name') ?? '');
  return [...actions, { name: `${service}containers/delete`, resource: `${host}/${source}` }];
}

function readListing({ action, flags }: Operation, query: Query, resource: string): readonly Action[] {
  if (flags.has('all')) return [{ name: action, resource, part: '' }];
  // Whoever has the key signs for whatever the credential reaches.
  if (flags.has('any')) return [{ name: action, resource, reach: 'any' }];
  if (!flags.has('list'))
    return [{ name: action, resource, ...(flags.has('exists') && { hasNoPart: true }) }];
  const prefix = query.get('prefix') ?? '';
  const areTagsRead =
    action.startsWith(blobs) && /(?:^|,)\s*tags\s*(?:,|$)/i.test(query.get('include') ?? '');
  return [action, ...(areTagsRead ? [`${blobs}tags/read`] : [])].flatMap((name) =>
    onPrefixes(name, resource, prefix),
  );
}

function readOne(
  request: AgentRequest,
  query: Query,
  base: string,
  names: readonly string[],
): readonly Action[] {
  const selector = selectorOf(query);
  const operation = onBlob(request.method, selector);
  if (operation === undefined) throw unknownOperation(request.method, selector, 'a blob');
  const isPlainDelete = request.method === 'DELETE' && selector === '';
  const actions = [isPlainDelete ? deletionOf(query) : operation.action, ...extrasOf(request)];
  if (!operation.flags.has('source') && getHeader(request.headers, 'x-ms-copy-source') !== undefined) {
    throw unreadable('x-ms-copy-source is on a request that copies nothing; leave it out');
  }
  if (getHeader(request.headers, 'x-ms-rename-source') !== undefined) {
    throw unreadable('x-ms-rename-source is for the host of Data Lake; send it there');
  }
  // Data Lake names what it restores beside the path, which says where to.
  if (!/^(?:\?deletionid=\d+)?$/i.test(oneField(request, 'x-ms-undelete-source') ?? '')) {
    throw unreadable('x-ms-undelete-source is not ?deletionid=NUMBER; restore a path by its own name');
  }
  return [...readCopySource(request), ...actions.flatMap((action) => onNames(action, base, names))];
}

function deletionOf(query: Query): string {
  const type = query.get('deletetype')?.toLowerCase();
  if (type === 'permanent') return `${blobs}permanentDelete/action`;
  if (type !== undefined)
    throw unreadable(`the deletetype ${printable(type)} is none that is known; leave it out`);
  return query.has('versionid') ? `${blobs}deleteBlobVersion/action` : `${blobs}delete`;
}

/** What fields add to a request that has another action of its own. */
const extras: readonly (readonly [field: string, action: string])[] = [
  ['x-ms-tags', 'tags/write'],
  ['x-ms-copy-source-tag-option', 'tags/write'],
  ['x-ms-if-tags', 'tags/read'],
  ['x-ms-immutability-policy-until-date', 'immutableStorage/runAsSuperUser/action'],
  ['x-ms-immutability-policy-mode', 'immutableStorage/runAsSuperUser/action'],
  ['x-ms-legal-hold', 'immutableStorage/runAsSuperUser/action'],
];

function extrasOf({ headers }: AgentRequest): readonly string[] {
  return extras.flatMap(([field, action]) =>
    getHeader(headers, field) === undefined ? [] : [blobs + action],
  );
}

/** Bytes of a batch (Blob service REST API, "Blob Batch": 256 requests, 4 MiB). */
const longestBatch = 4 * 1024 * 1024;

/** The batch itself does nothing: it means what its parts mean, each inside the container that it is sent to. */
async function readBatch(request: AgentRequest, container?: string): Promise<readonly Action[]> {
  const parts = readMixed(request, await readDecoded(request, longestBatch));
  const actions: Action[] = [];
  for (const part of parts) {
    const inner = readHttpPart(request, part);
    if (inner.body.length !== 0) throw unreadable('a part of the batch has content; send it on its own');
    if (hasSignature(inner.query)) {
      throw unreadable('a part of the batch carries a signature of its own; send it without one');
    }
    if (selectorOf(readQuery(inner, { known })) === 'batch') {
      throw unreadable('a part of the batch is a batch itself; send it on its own');
    }
    if (container !== undefined && readStoragePath(inner.path).container !== container) {
      throw unreadable(
        'a part of the batch is outside of the container that the batch is sent to; send it on its own',
      );
    }
    actions.push(...(await readBlob(inner)));
  }
  return actions;
}
