import { type Action, type AgentRequest, printable } from '@pai/core';
import { hasSignature } from '../answer/shared-access.ts';
import { readQuery } from './query.ts';
import { unreadable } from './refuse.ts';
import {
  checkContainer,
  namesOf,
  oneField,
  onNames,
  readStoragePath,
  storageActions,
  storageHost,
} from './storage.ts';

const blobRead = `${storageActions}blobServices/containers/blobs/read`;
const tagsRead = `${storageActions}blobServices/containers/blobs/tags/read`;
const fileReads = [
  `${storageActions}fileServices/fileShares/files/read`,
  `${storageActions}fileServices/readFileBackupSemantics/action`,
];

/** Storage of any cloud, as a source spells its host. */
const storage =
  /^[a-z0-9]{3,24}(?:-[a-z]+)*\.(?:z\d{1,2}\.)?(blob|dfs|file)\.(?:core\.(?:windows\.net|usgovcloudapi\.net|chinacloudapi\.cn)|storage\.azure\.net)$/;

/** What the query of a source may have. */
const known = new Set(['snapshot', 'versionid', 'sharesnapshot']);

/**
 * The reading of what `x-ms-copy-source` names: of a blob or a file on a host of storage by its own action, of any other
 * URL, which the service fetches without a credential, by the action that reads a blob, so that a scope has to name it.
 * Throws `malformed_request` for a source that carries a signature or anything else that might be a credential.
 */
export function readCopySource(request: AgentRequest): readonly Action[] {
  const value = oneField(request, 'x-ms-copy-source');
  if (value === undefined) return [];
  const [, host = '', path = '', query] =
    /^https?:\/\/([a-z0-9.-]+)(\/[^?#\s\\]*)(?:\?([^#\s]*))?$/i.exec(value) ?? [];
  if (path === '') throw unknownSource('is no absolute URL');
  const name = host.toLowerCase();
  const [, kind] = storage.exec(name) ?? [];
  if (kind === undefined) {
    if (query !== undefined)
      throw unknownSource('is outside of storage and has a query, which may be a credential');
    return onNames(blobRead, name, namesOf(path.slice(1), 'the copy source'));
  }
  if (hasSignature(query ?? '')) throw unknownSource('carries a signature of its own');
  readQuery({ query: query ?? '' }, { known });
  const { container, rest } = readStoragePath(path);
  if (container === undefined) throw unknownSource('names no blob');
  if (rest !== undefined) checkContainer(container);
  const base = storageHost(name);
  const names =
    rest === undefined
      ? [`$root/${container}`]
      : namesOf(rest, 'the copy source').map((one) => `${container}/${one}`);
  if (kind === 'file') return fileReads.flatMap((action) => onNames(action, base, names));
  const areTagsRead =
    oneField(request, 'x-ms-source-if-tags') !== undefined ||
    /^copy$/i.test(oneField(request, 'x-ms-copy-source-tag-option') ?? '');
  return [blobRead, ...(areTagsRead ? [tagsRead] : [])].flatMap((action) => onNames(action, base, names));
}

function unknownSource(why: string): Error {
  return unreadable(
    `x-ms-copy-source ${why}; name the source by its plain URL, which is read with this Provider's credential: ${printable('https://account.blob.core.windows.net/container/blob')}`,
  );
}
