import type { Action } from '@pai/core';
import { malformed, onDatabase, onDocument, readQuery, readWrite, within } from './firestore.ts';
import type { Message } from './framing.ts';
import type { Reader } from './reader.ts';
import { readMessage } from './wire.ts';

const query = ['datastore.entities.get', 'datastore.entities.list'];
const writes = ['datastore.entities.create', 'datastore.entities.update', 'datastore.entities.delete'];

/**
 * Reads google/firestore/v1/firestore.proto: `Write`, whose first message opens the stream and whose later ones write, and
 * `Listen`, each message of which adds a target or removes one.
 */
export const firestoreStreamReaders: readonly (readonly [string, Reader])[] = ['v1', 'v1beta1'].flatMap(
  (version) => [
    [`google.firestore.${version}.Firestore/Write`, stream(writes, readWrites)] as const,
    [`google.firestore.${version}.Firestore/Listen`, stream(query, readTarget)] as const,
  ],
);

/** A message that does nothing in its database takes that alone, and only where it has not been named. */
function stream(
  worst: readonly string[],
  read: (message: Buffer, database: string) => readonly Action[],
): Reader {
  const actionsOf = (message: Buffer, known: string): readonly Action[] => {
    const named = readMessage(message, 1).text(1);
    const database = named === '' ? known : named;
    const actions = read(message, database);
    return actions.length > 0 || database === known ? actions : [onDatabase(database)];
  };
  return {
    worst,
    read: (message) => orDatabase(actionsOf(message, ''), message),
    later: (message, first) => actionsOf(message, databaseOf(first)),
  };
}

/** A first message always names what it is on, even if that is nothing. */
function orDatabase(actions: readonly Action[], message: Buffer): readonly Action[] {
  return actions.length > 0 ? actions : [onDatabase(readMessage(message, 1).text(1))];
}

function databaseOf(first: Message): string {
  return first === 'too long' ? '' : readMessage(first, 1).text(1);
}

function readWrites(message: Buffer, database: string): readonly Action[] {
  return readMessage(message, 2)
    .inners(2)
    .flatMap((write) => readWrite(write, database));
}

/** Of the kinds of targets those are known that name documents, and those that are one query. */
function readTarget(message: Buffer, database: string): readonly Action[] {
  const request = readMessage(message, 2, 3);
  const bytes = request.inner(2);
  if (bytes === undefined) return [];
  if (request.has(3)) throw malformed('a target to add and one to remove');
  const target = readMessage(bytes, 2, 3, 13);
  const kinds = [2, 3, 13].filter((number) => target.has(number));
  if (kinds.length > 1) throw malformed('a target of two kinds');
  const content = target.inner(kinds[0] ?? 2);
  if (kinds[0] === 2 && content !== undefined) return readQueryTarget(content, database);
  if (kinds[0] === 3 && content !== undefined) return readDocumentsTarget(content, database);
  return query.map((name): Action => ({ name, reach: 'any' }));
}

function readQueryTarget(content: Buffer, database: string): readonly Action[] {
  within(`${readMessage(content, 1).text(1)}/`, database);
  return readQuery(content, []);
}

function readDocumentsTarget(content: Buffer, database: string): readonly Action[] {
  const names = readMessage(content, 2).texts(2);
  if (names.length === 0) return query.map((name): Action => ({ name, reach: 'any' }));
  return names.flatMap((name) => {
    within(name, database);
    return [onDocument('datastore.entities.get', name)];
  });
}
