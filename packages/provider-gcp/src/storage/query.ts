import { type AgentRequest, printable, readForm } from '@pai/core';
import { unreadable } from './refuse.ts';

/** The parameters of a request to the JSON API, decoded, by name. */
export type JsonQuery = ReadonlyMap<string, string>;

/**
 * What the JSON API is known to read (discovery document of `storage:v1`), and what its clients send beside (`append`).
 * Anything more might decide tomorrow.
 */
const known: ReadonlySet<string> = new Set(
  [
    'allowNonEmpty append contentEncoding copySourceAcl delimiter destinationKmsKeyName destinationPredefinedAcl dropContextGroups',
    'enableObjectRetention endOffset filter generation ifGenerationMatch ifGenerationNotMatch ifMetagenerationMatch',
    'ifMetagenerationNotMatch ifSourceGenerationMatch ifSourceGenerationNotMatch ifSourceMetagenerationMatch',
    'ifSourceMetagenerationNotMatch includeFoldersAsPrefixes includeTrailingDelimiter kmsKeyName matchGlob',
    'maxBytesRewrittenPerCall maxResults name optionsRequestedPolicyVersion overrideUnlockedRetention pageSize pageToken',
    'permissions predefinedAcl predefinedDefaultObjectAcl prefix project projection recursive restoreToken',
    'returnPartialSuccess rewriteToken serviceAccountEmail showDeletedKeys softDeleted sourceGeneration startOffset',
    'userProject versions access_token alt callback fields key oauth_token prettyPrint quotaUser uploadType upload_id',
    'userIp $.xgafv',
  ].flatMap((line) => line.split(' ')),
);

/** Given more than once they are a list. */
const lists: ReadonlySet<string> = new Set(['permissions', 'dropContextGroups']);

const none: JsonQuery = new Map();

/** Reads the query of a request to the JSON API. Throws `malformed_request` for a parameter twice and one that is not known. */
export function readQuery({ query }: Pick<AgentRequest, 'query'>): JsonQuery {
  if (query === '') return none;
  if (query.includes(';')) throw unreadable('the query has a raw ; that can be read as &; write it as %3B');
  const found = new Map<string, string>();
  for (const [name, value] of readForm(query)) {
    if (!known.has(name)) {
      throw unreadable(
        `the query parameter ${printable(name)} is none that Cloud Storage is known to read; leave it out`,
      );
    }
    if (found.has(name) && !lists.has(name)) throw unreadable(`the query has ${name} twice; send it once`);
    found.set(name, value);
  }
  return found;
}

/** Whether a parameter says yes. A value that is neither yes nor no counts as yes. */
export function isOn(query: JsonQuery, name: string): boolean {
  const value = query.get(name);
  return value !== undefined && value !== 'false';
}
