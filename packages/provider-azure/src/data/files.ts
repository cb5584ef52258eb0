import { type Action, type AgentRequest, getHeader } from '@pai/core';
import { readCopySource } from './copy-source.ts';
import { compileOperations } from './operations.ts';
import { readQuery } from './query.ts';
import { unreadable } from './refuse.ts';
import {
  checkContainer,
  checkRestored,
  namesOf,
  oneField,
  onPrefixes,
  readStoragePath,
  storageActions,
  storageHost,
  unknownOperation,
} from './storage.ts';

const service = `${storageActions}fileServices/`;
const files = `${service}fileShares/files/`;
/** What the roles ask for beside every action on files ("Azure Files OAuth over REST"). */
const semantics = {
  read: `${service}readFileBackupSemantics/action`,
  write: `${service}writeFileBackupSemantics/action`,
};

/** File service REST API; names from "Permissions for calling data operations" (Azure Storage, "Authorize with Microsoft Entra ID"). */
const onAccount = compileOperations(
  service,
  `
  GET list shares/read list
  GET service/properties read
  PUT service/properties write
  POST service/userdelegationkey generateUserDelegationKey/action any
  `,
);

const onShare = compileOperations(
  `${service}shares/`,
  `
  PUT - write
  GET,HEAD - read exists
  DELETE - delete
  PUT snapshot write
  PUT properties write
  GET,HEAD metadata read
  PUT metadata write
  GET,HEAD acl read
  PUT acl write
  GET stats read
  PUT lease lease/action
  PUT undelete restore/action restored
  PUT filepermission /${files}modifyPermissions/action
  GET filepermission /${files}read
  `,
);

/** What a directory and a file have in common, and what each has alone: names of the flags say to which it belongs. */
const onPath = compileOperations(
  '',
  `
  GET,HEAD - read
  PUT - write source
  DELETE - write deleted
  GET,HEAD metadata read
  PUT metadata write
  PUT properties write
  GET list read list
  GET rangelist read
  PUT range write source
  PUT lease write
  PUT copy write
  GET listhandles read
  PUT forceclosehandles write
  PUT rename write renamed
  GET,HEAD symboliclink read
  PUT symboliclink write
  PUT hardlink write linked
  `,
);

const known: ReadonlySet<string> = new Set(
  [
    'comp restype timeout api-version prefix marker maxresults include sharesnapshot prevsharesnapshot copyid recursive',
    'filepermissionformat',
  ].flatMap((line) => line.split(' ')),
);

/**
 * The actions of a request to Azure Files, on `<account host>/<share>/<path>`. Throws `malformed_request` for one that has
 * more than one reading or none.
 */
export function readFiles(request: AgentRequest): readonly Action[] {
  const { method } = request;
  const query = readQuery(request, { known });
  const comp = query.get('comp')?.toLowerCase() ?? '';
  const restype = query.get('restype')?.toLowerCase();
  const host = storageHost(request.host);
  const { container, rest } = readStoragePath(request.path);
  if (container === undefined) {
    const selector = restype === undefined ? comp : `${restype}/${comp}`;
    const operation = onAccount(method, selector);
    if (operation === undefined) throw unknownOperation(method, selector, 'an account');
    const name = operation.action;
    // Whoever has the key signs for whatever the credential reaches.
    if (operation.flags.has('any')) return [{ name, resource: host, reach: 'any' }];
    if (!operation.flags.has('list')) return [{ name, resource: host }];
    return onPrefixes(operation.action, host, query.get('prefix') ?? '');
  }
  const base = `${host}/${checkContainer(container)}`;
  if (restype === 'share' && rest === undefined) return onShares(request, comp, base, container);
  if (
    restype !== undefined &&
    restype !== 'directory' &&
    restype !== 'symboliclink' &&
    restype !== 'hardlink'
  ) {
    throw unknownOperation(method, `restype=${restype}`, 'a path');
  }
  const selector = comp === '' && restype !== 'directory' ? (restype ?? '') : comp;
  return onPaths(request, selector, base, rest, query.get('prefix'));
}

function onShares(request: AgentRequest, comp: string, base: string, share: string): readonly Action[] {
  const { method } = request;
  const operation = onShare(method, comp);
  if (operation === undefined) throw unknownOperation(method, comp, 'a share');
  if (operation.flags.has('restored')) checkRestored(request, 'x-ms-deleted-share-name', share);
  const isThere = operation.flags.has('exists') && { hasNoPart: true };
  const actions = [{ name: operation.action, resource: base, ...isThere }];
  if (comp !== 'filepermission') return actions;
  return [...actions, { name: method === 'GET' ? semantics.read : semantics.write, resource: base }];
}

function onPaths(
  request: AgentRequest,
  selector: string,
  base: string,
  rest: string | undefined,
  prefix: string | undefined,
): readonly Action[] {
  const { method } = request;
  const operation = onPath(method, selector);
  if (operation === undefined) throw unknownOperation(method, selector, 'a path');
  const { action, flags } = operation;
  const paths = rest === undefined ? [base] : namesOf(rest).map((name) => `${base}/${name}`);
  if (flags.has('list')) {
    return [files + action, semantics.read].flatMap((name) =>
      paths.flatMap((resource) => onPrefixes(name, resource, prefix ?? '')),
    );
  }
  const isRead = action === 'read';
  const names = [
    files + action,
    isRead ? semantics.read : semantics.write,
    // The roles that write may delete; a policy that forbids deleting means files too.
    ...(flags.has('deleted') ? [`${files}delete`] : []),
    ...(!isRead && setsAccess(request) ? [`${files}modifyPermissions/action`] : []),
  ];
  if (!flags.has('source') && getHeader(request.headers, 'x-ms-copy-source') !== undefined) {
    throw unreadable('x-ms-copy-source is on a request that copies nothing; leave it out');
  }
  const targets = reachesBelow(request, flags) ? paths.flatMap((path) => [path, `${path}/*`]) : paths;
  return [
    ...readCopySource(request),
    ...sourceOf(request, flags, base),
    ...names.flatMap((name) => targets.map((resource) => ({ name, resource }))),
  ];
}

const accessFields = [
  'x-ms-file-permission-key',
  'x-ms-file-permission',
  'x-ms-owner',
  'x-ms-group',
  'x-ms-mode',
];

/** SDKs write `inherit` and `preserve` where nobody asks for other permissions. */
function setsAccess(request: AgentRequest): boolean {
  return accessFields.some((name) => !/^(?:inherit|preserve)?$/i.test(oneField(request, name) ?? ''));
}

function reachesBelow(request: AgentRequest, flags: ReadonlySet<string>): boolean {
  return flags.has('renamed') || /^true$/i.test(oneField(request, 'x-ms-recursive') ?? '');
}

/** The other file: of a rename by its URL, of a hard link by its path in the same share. */
function sourceOf(request: AgentRequest, flags: ReadonlySet<string>, share: string): readonly Action[] {
  const isRename = flags.has('renamed');
  if (!isRename && !flags.has('linked')) return [];
  const field = isRename ? 'x-ms-file-rename-source' : 'x-ms-file-target-file';
  const value = oneField(request, field) ?? '';
  const pattern = isRename
    ? /^https:\/\/([a-z0-9.-]+)\/([^/?#\s\\]+)\/([^?#\s\\]+)$/i
    : /^()()\/?([^?#\s\\]+)$/;
  const [, host = '', container = '', rest] = pattern.exec(value) ?? [];
  const account = storageHost(request.host);
  if (rest === undefined || (isRename && storageHost(host.toLowerCase()) !== account)) {
    throw unreadable(
      `${field} is no file of this account without a signature; write its plain URL, or its path for a link`,
    );
  }
  const base = isRename ? `${account}/${checkContainer(container)}` : share;
  const names = [`${files}read`, `${files}write`, semantics.read, semantics.write];
  return namesOf(rest, 'the source').flatMap((one) =>
    names.flatMap((name) =>
      (isRename ? [one, `${one}/*`] : [one]).map((path) => ({ name, resource: `${base}/${path}` })),
    ),
  );
}
