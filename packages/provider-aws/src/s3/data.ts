import type { Action, AgentRequest } from '@pai/core';
import { actionsInContent, refuseSelectingRestore } from './content.ts';
import { readCopySource } from './copy-source.ts';
import { readDeletions } from './deletions.ts';
import { readingsOf } from './escapes.ts';
import { extrasOfBucket, extrasOfObject, isBypassing } from './extras.ts';
import { findOperation, mayBeIgnored } from './operations.ts';
import { actionOn, type Place, type Surroundings } from './place.ts';
import { type Reading, readOperation } from './reading.ts';
import { unreadable } from './refuse.ts';

/**
 * The actions of a request to a bucket, or to an object in it where there are keys: all that it may be. Throws `malformed_request` when they
 * cannot be told, and `body_too_large` when the content that tells them is too long.
 */
export async function readDataActions(
  request: AgentRequest,
  place: Place,
  keys: readonly string[] | undefined,
  around: Surroundings,
): Promise<readonly Action[]> {
  const reading = readOperation(request, place, keys !== undefined);
  const actions = await actionsOf(reading, request, place, keys, around);
  if (around.isForeign !== true || !mayBeIgnored(reading.query.selector)) return actions;
  return [...actions, ...withoutSelector(reading, request.method, place, keys)];
}

/** What a server does that does not know the sub-resource. */
function withoutSelector(
  reading: Reading,
  method: string,
  place: Place,
  keys: readonly string[] | undefined,
): readonly Action[] {
  const operation = findOperation(method, '', { isObject: keys !== undefined, isDirectory: false });
  if (operation === undefined) return [];
  if (operation.reads !== undefined) return readingActions({ ...reading, operation }, place);
  const { actions, versioned = actions } = operation;
  const names = reading.query.options.has('versionId') ? versioned : actions;
  return names.flatMap((name) => (keys ?? [undefined]).map((key) => actionOn(place, name, key)));
}

async function actionsOf(
  reading: Reading,
  request: AgentRequest,
  place: Place,
  keys: readonly string[] | undefined,
  around: Surroundings,
): Promise<readonly Action[]> {
  const { operation, fields } = reading;
  if (operation.reads !== undefined) return withSession(place, readingActions(reading, place));
  const actions =
    operation.asks === 'deletions'
      ? (await readDeletions(request)).map(({ key: deleted, isVersion }) =>
          actionOn(place, isVersion ? 'DeleteObjectVersion' : 'DeleteObject', deleted),
        )
      : [
          ...(await namesOf(reading, request)).flatMap((name) =>
            (keys ?? [undefined]).map((key) => actionOn(place, name, key)),
          ),
          ...copied(reading, place, around),
        ];
  const bypassed = isBypassing(fields) ? bypasses(actions, place) : [];
  return withSession(
    place,
    [...actions, ...bypassed].map((action) => inTable(place, action)),
  );
}

function withSession(place: Place, actions: readonly Action[]): readonly Action[] {
  return place.isDirectory === true ? [sessionOn(place), ...actions] : actions;
}

function sessionOn({ arn }: Place): Action {
  return { name: 's3express:CreateSession', resource: arn };
}

function readingActions({ operation, query }: Reading, place: Place): readonly Action[] {
  const [name = ''] = operation.actions;
  const action = inTable(place, actionOn(place, name));
  if (operation.reads === 'existence') return [{ ...action, hasNoPart: true }];
  return readingsOf(query.options.get('prefix') ?? '', 'the prefix').map((part) => ({ ...action, part }));
}

/** The names of what is done to the thing itself. */
async function namesOf(
  { operation, query, fields }: Reading,
  request: AgentRequest,
): Promise<readonly string[]> {
  const { actions, versioned = actions, asks } = operation;
  if (asks === 'restore') await refuseSelectingRestore(request);
  if (asks === 'object-fields') return [...actions, ...extrasOfObject(fields)];
  if (asks !== 'bucket-fields') return query.options.has('versionId') ? versioned : actions;
  const tags = await actionsInContent(request, { Tags: 'TagResource' });
  return [...actions, ...extrasOfBucket(fields), ...tags];
}

/** What is done to the object that is copied from. */
function copied({ fields }: Reading, place: Place, around: Surroundings): readonly Action[] {
  const value = fields.get('x-amz-copy-source');
  if (value === undefined) return [];
  const hasAnnotations = fields.has('x-amz-object-annotation-directive');
  return readCopySource(value, around).flatMap((source) => {
    const of = source.isVersion ? 'Version' : '';
    const names = [`GetObject${of}`, ...(hasAnnotations ? [`GetObject${of}Annotation`] : [])];
    const actions = names.map((name) => inTable(source.place, actionOn(source.place, name, source.key)));
    const isOther = source.place.arn !== place.arn;
    return isOther ? withSession(source.place, actions) : actions;
  });
}

function bypasses(actions: readonly Action[], place: Place): readonly Action[] {
  const resources = new Set(actions.map(({ resource }) => resource ?? place.arn));
  return [...resources].map((resource) => ({ name: `${place.prefix}:BypassGovernanceRetention`, resource }));
}

const tableActions: ReadonlyMap<string, string> = new Map([
  ['s3tables:GetObject', 's3tables:GetTableData'],
  ['s3tables:ListMultipartUploadParts', 's3tables:GetTableData'],
  ['s3tables:PutObject', 's3tables:PutTableData'],
  ['s3tables:AbortMultipartUpload', 's3tables:PutTableData'],
]);

/** The data of a table is read and written by two actions (Amazon S3 User Guide, "Access management for S3 Tables"). */
function inTable({ isTable }: Place, action: Action): Action {
  if (isTable !== true || !action.name.startsWith('s3tables:')) return action;
  const name = tableActions.get(action.name);
  if (name === undefined) {
    throw unreadable('a table of S3 Tables has no such operation on its files; use the API of S3 Tables');
  }
  return { ...action, name };
}
