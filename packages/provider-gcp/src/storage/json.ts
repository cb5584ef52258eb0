import { type AgentRequest, printable } from '@pai/core';
import type { GcpAction } from '../gcp-action.ts';
import { componentsOf } from './compose.ts';
import { extrasOf, type Metadata, readMetadata, refuseOther } from './metadata.ts';
import { checkBucket, checkObject } from './names.ts';
import { findOperation, type Operation } from './operations.ts';
import { type Names, placesOf, readNames } from './places.ts';
import { type JsonQuery, readQuery } from './query.ts';
import { unreadable } from './refuse.ts';

/**
 * The actions of a request to the JSON API (`storage:v1`), by its method and the raw segments of its path behind
 * `/storage/v1/`. Throws `malformed_request` when they cannot be told, `body_too_large` when the metadata is too long.
 */
export async function readJsonActions(
  request: AgentRequest,
  method: string,
  segments: readonly string[],
): Promise<readonly GcpAction[]> {
  const found = findOperation(method, segments);
  if (found === undefined) {
    throw unreadable(
      `${printable(`${method} /storage/v1/${segments.join('/')}`)} is no method of the JSON API that is known; use one of its documents`,
    );
  }
  const { operation } = found;
  const query = readQuery(request);
  const metadata = operation.hasContent === true ? await readMetadata(request) : {};
  const names = completeNames(operation, readNames(found.names, query), query, metadata);
  return actionsOf(operation, names, query, metadata);
}

function actionsOf(
  operation: Operation,
  names: Names,
  query: JsonQuery,
  metadata: Metadata,
): readonly GcpAction[] {
  const part = partOf(operation, query);
  const needs = [
    ...operation.needs,
    ...optionsOf(operation, query, metadata),
    ...extrasOn(operation, query, metadata),
  ];
  const actions = needs.flatMap(([permission, target]) =>
    placesOf(target, names).map((place) => ({
      name: permission.split('.').length > 2 ? permission : `storage.${permission}`,
      ...place,
      ...(/\.list$|\.getIamPolicy$/.test(permission) && part),
      ...(operation.asks === 'existence' && isExistence(operation, query) && { hasNoPart: true }),
    })),
  );
  if (operation.asks === 'topic') return [...actions, topicOf(metadata)];
  return operation.asks === 'compose' ? [...actions, ...componentsOf(metadata, names)] : actions;
}

/** The topic that is told of what happens in the bucket. */
function topicOf({ topic }: Metadata): GcpAction {
  const name = 'storage.buckets.update';
  const [resource] =
    /^\/\/pubsub\.googleapis\.com\/projects\/[^/\s]+\/topics\/[^/\s]+$/.exec(String(topic)) ?? [];
  return resource === undefined ? { name, reach: 'any' } : { name, resource };
}

/** Where names stand in the content, and that they are the same there as in the address. */
function completeNames(operation: Operation, names: Names, query: JsonQuery, metadata: Metadata): Names {
  const { asks } = operation;
  if (asks === 'name') {
    const { name } = metadata;
    if (name === undefined || name === null) throw unreadable('the metadata has no name; say what is made');
    const [, target = ''] = operation.needs[0] ?? [];
    refuseOther(metadata, 'bucket', names['b']?.[0]);
    return target === 'new'
      ? { ...names, b: [checkBucket(name)] }
      : { ...names, n: [checkObject(name, 'folder')] };
  }
  if (asks === 'insert') return { ...names, o: [objectOf(query, metadata, names)] };
  if (operation.metadata === undefined || asks === 'bulk-restore') return names;
  const [kind, target] = operation.metadata;
  const isObject = kind === 'objects';
  const isOther = target === 'O';
  const bucket = (isOther ? names['B'] : undefined) ?? names['b'];
  const own = isObject ? names[isOther ? 'O' : 'o'] : bucket;
  if (own?.length === 1) refuseOther(metadata, 'name', own[0]);
  if (isObject) refuseOther(metadata, 'bucket', bucket?.[0]);
  return names;
}

/** Of the parameter, of the metadata, or the same in both. */
function objectOf(query: JsonQuery, metadata: Metadata, names: Names): string {
  refuseOther(metadata, 'bucket', names['b']?.[0]);
  const name = query.get('name');
  if (name === undefined) return checkObject(metadata['name']);
  refuseOther(metadata, 'name', name);
  return checkObject(name);
}

type Needs = Operation['needs'];

function extrasOn({ metadata: place }: Operation, query: JsonQuery, metadata: Metadata): Needs {
  if (place === undefined) return [];
  const [kind, target] = place;
  return extrasOf(kind, query, metadata).map((extra) => [`${kind}.${extra}`, target]);
}

/** What options ask for beyond the operation itself. */
function optionsOf({ needs, asks }: Operation, query: JsonQuery, metadata: Metadata): Needs {
  if (asks === 'bulk-restore' && (metadata['allowOverwrite'] ?? false) !== false)
    return [['objects.delete', 'b']];
  const isForced = needs.some(([permission]) => permission === 'managedFolders.delete');
  const value = query.get('allowNonEmpty');
  return isForced && value !== undefined && value !== 'false'
    ? [['managedFolders.setIamPolicy', 'b/managedFolders']]
    : [];
}

function partOf({ asks }: Operation, query: JsonQuery): { readonly part: string } | undefined {
  if (asks === 'children') return { part: '' };
  return asks === 'prefix' ? { part: query.get('prefix') ?? '' } : undefined;
}

/** Fields of a bucket that say no more than that it is there, and where. */
const existence = /^(?:kind|id|name|selfLink|location|locationType)$/;

function isExistence({ metadata }: Operation, query: JsonQuery): boolean {
  if (metadata === undefined) return true;
  const fields = query.get('fields');
  return fields?.split(',').every((field) => existence.test(field)) === true;
}
