import type { Action } from '@pai/core';
import { longestName } from '../grpc/template.ts';

const permission = 'datastore.entities';

/**
 * What a request to Firestore's `documents:commit`, `:batchWrite` or `:batchGet` does to which documents, all of which its
 * content names. `database` is the full resource name of the database. Undefined for content that does not name
 * each document in the one way there is.
 */
export function documentActions(
  verb: string,
  content: object | 'unknown' | undefined,
  database: string,
): readonly Action[] | undefined {
  if (typeof content !== 'object') return undefined;
  const { writes, documents } = content as { readonly writes?: unknown; readonly documents?: unknown };
  const isRead = verb === 'batchGet';
  const entries = isRead ? documents : writes;
  if (!Array.isArray(entries) || entries.length === 0) return undefined;
  const actions = entries.flatMap((entry: unknown) =>
    isRead ? on(entry, ['get'], database) : actionsOf(entry, database),
  );
  return actions.includes(undefined) ? undefined : actions.filter((action) => action !== undefined);
}

type Found = readonly (Action | undefined)[];

/** Exactly one of what a write can be (googleapis, google/firestore/v1/write.proto). */
function actionsOf(entry: unknown, database: string): Found {
  const {
    update,
    transform,
    delete: gone,
    currentDocument,
    current_document,
    ...others
  }: Members = membersOf(entry);
  const known = ['updateMask', 'update_mask', 'updateTransforms', 'update_transforms'];
  const [operation, ...more] = [update, transform, gone].filter((one) => one !== undefined);
  const isPlain = Object.keys(others).every((name) => known.includes(name));
  const isTwofold = currentDocument !== undefined && current_document !== undefined;
  if (operation === undefined || more.length > 0 || !isPlain || isTwofold) return [undefined];
  if (gone !== undefined) return on(gone, ['delete'], database);
  const name = membersOf(update)['name'] ?? membersOf(transform)['document'];
  return on(name, verbsOf(membersOf(currentDocument ?? current_document)), database);
}

/** Without a precondition a document is made when it is not there. */
function verbsOf(condition: Members): readonly string[] {
  const { exists, updateTime, update_time } = condition;
  const isTimed = updateTime !== undefined || update_time !== undefined;
  if (exists === false && !isTimed) return ['create'];
  return (exists === true) !== isTimed ? ['update'] : ['create', 'update'];
}

function on(name: unknown, verbs: readonly string[], database: string): Found {
  const [, service = '', rest = ''] = /^(\/\/[^/]+\/)(.*)$/.exec(database) ?? [];
  const isBelow = typeof name === 'string' && name.length <= longestName && name.startsWith(`${rest}/`);
  if (!isBelow || !document.test(name.slice(rest.length))) return [undefined];
  return verbs.map((verb) => ({ name: `${permission}.${verb}`, resource: `${service}${name}` }));
}

const segment = '/(?!\\.{1,2}(?:/|$))[^/\\x00-\\x1f\\x7f]+';
const document = new RegExp(`^/documents(?:${segment}${segment})+$`);

type Members = Readonly<Record<string, unknown>>;

function membersOf(value: unknown): Members {
  return typeof value === 'object' && value !== null ? (value as Members) : {};
}
