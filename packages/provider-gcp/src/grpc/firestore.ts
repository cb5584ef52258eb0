import { type Action, PaiError } from '@pai/core';
import type { Reader } from './reader.ts';
import { longestName } from './template.ts';
import { readMessage } from './wire.ts';

const service = 'google.firestore.v1.Firestore';
const create = 'datastore.entities.create';
const update = 'datastore.entities.update';
const remove = 'datastore.entities.delete';
const query = ['datastore.entities.get', 'datastore.entities.list'];

/** Reads google/firestore/v1/firestore.proto and write.proto; permissions as "Security for server client libraries" names them. */
export const firestoreReaders: readonly (readonly [string, Reader])[] = [
  [`${service}/Commit`, { worst: [create, update, remove], read: readWrites }],
  [`${service}/BatchWrite`, { worst: [create, update, remove], read: readWrites }],
  [`${service}/UpdateDocument`, { worst: [create, update], read: readUpdate }],
  [`${service}/BatchGetDocuments`, { worst: ['datastore.entities.get'], read: readBatchGet }],
  [`${service}/RunQuery`, { worst: query, read: (message) => readQuery(message, []) }],
  [`${service}/PartitionQuery`, { worst: query, read: (message) => readQuery(message, []) }],
  [`${service}/RunAggregationQuery`, { worst: query, read: (message) => readQuery(message, [1]) }],
];

function readWrites(message: Buffer): readonly Action[] {
  const request = readMessage(message, 1, 2);
  const database = request.text(1);
  const writes = request.inners(2);
  if (writes.length === 0) return [onDatabase(database)];
  return writes.flatMap((write) => readWrite(write, database));
}

/** What a call takes that names a database, and nothing in it. */
export function onDatabase(database: string): Action {
  return on('datastore.databases.get', databasePath, database);
}

/** What a `Write` takes, which has to be of this database. Throws `malformed_request` when it has two readings. */
export function readWrite(bytes: Buffer, database: string): readonly Action[] {
  const write = readMessage(bytes, 1, 2, 4, 6);
  const operations = [1, 2, 6].filter((number) => write.has(number));
  if (operations.length !== 1)
    throw malformed('a write that is not exactly one of update, delete and transform');
  const name = write.has(2)
    ? write.text(2)
    : readMessage(write.inner(1) ?? write.inner(6) ?? Buffer.alloc(0), 1).text(1);
  within(name, database);
  const names = write.has(2) ? [remove] : namesOf(write.inner(4));
  return names.map((permission) => on(permission, documentPath, name));
}

/** Without a precondition a document is made when it is not there. */
function namesOf(precondition: Buffer | undefined): readonly string[] {
  const condition = readMessage(precondition ?? Buffer.alloc(0), 1, 2);
  if (condition.has(1) && condition.has(2)) throw malformed('a precondition of two kinds');
  if (condition.has(2)) return [update];
  if (!condition.has(1)) return [create, update];
  return condition.isTrue(1) ? [update] : [create];
}

function readUpdate(message: Buffer): readonly Action[] {
  const request = readMessage(message, 1, 4);
  const name = readMessage(request.inner(1) ?? Buffer.alloc(0), 1).text(1);
  return namesOf(request.inner(4)).map((permission) => on(permission, documentPath, name));
}

function readBatchGet(message: Buffer, byTable: readonly Action[]): readonly Action[] {
  const request = readMessage(message, 1, 2);
  for (const name of request.texts(2)) within(name, request.text(1));
  return byTable;
}

/**
 * What a query takes, by its parent in field 1 and what is below field 2 on this path. One of a collection alone is on
 * that; one of more than that is on all that is below the parent. Throws `malformed_request` when it has two readings.
 */
export function readQuery(message: Buffer, path: readonly number[]): readonly Action[] {
  const request = readMessage(message, 1, 2);
  const parent = request.text(1);
  const structured = path.reduce(
    (bytes, number) => readMessage(bytes, number).inner(number) ?? Buffer.alloc(0),
    request.inner(2) ?? Buffer.alloc(0),
  );
  const collections = readMessage(structured, 2)
    .inners(2)
    .map((from) => readMessage(from, 2, 3));
  const isWide =
    collections.length === 0 || collections.some((from) => from.isTrue(3) || from.text(2) === '');
  const names = isWide ? [parent] : collections.map((from) => `${parent}/${from.text(2)}`);
  return names.flatMap((name) =>
    query.map((permission) => on(permission, isWide ? parentPath : collectionPath, name)),
  );
}

const segment = '(?!\\.{1,2}(?:/|$))[^/\\x00-\\x1f\\x7f]+';
const databasePath = new RegExp(`^projects/${segment}/databases/${segment}$`);
const documentPath = new RegExp(
  `^projects/${segment}/databases/${segment}/documents(?:/${segment}/${segment})+$`,
);
const parentPath = new RegExp(
  `^projects/${segment}/databases/${segment}/documents(?:/${segment}/${segment})*$`,
);
const collectionPath = new RegExp(
  `^projects/${segment}/databases/${segment}/documents/${segment}(?:/${segment}/${segment})*$`,
);

/** A permission on a document. */
export function onDocument(name: string, document: string): Action {
  return on(name, documentPath, document);
}

function on(name: string, pattern: RegExp, resource: string): Action {
  return resource.length <= longestName && pattern.test(resource)
    ? { name, resource: `//firestore.googleapis.com/${resource}` }
    : { name, reach: 'any' };
}

/** Throws `malformed_request` for a document of another database. */
export function within(name: string, database: string): void {
  if (!name.startsWith(`${database}/documents/`))
    throw malformed('a document of another database than its own');
}

/** The error for a message with this. */
export function malformed(what: string): PaiError {
  return new PaiError('malformed_request', `the message has ${what}`);
}
