import { type Action, PaiError } from '@pai/core';
import type { Reader } from './reader.ts';
import { readMessage } from './wire.ts';

const create = 'datastore.entities.create';
const update = 'datastore.entities.update';
const remove = 'datastore.entities.delete';
const query = ['datastore.entities.get', 'datastore.entities.list'];
const none = Buffer.alloc(0);

/** Reads google/datastore/v1/datastore.proto and entity.proto; permissions as "Datastore IAM roles" names them. */
export const datastoreReaders: readonly (readonly [string, Reader])[] = [
  reader('Lookup', ['datastore.entities.get'], (message) => keysAt(message, 3)),
  reader('RunQuery', query, (message) => partitionAt(message, 2)),
  reader('RunAggregationQuery', query, (message) => partitionAt(message, 2)),
  reader('BeginTransaction', ['datastore.databases.get'], () => []),
  reader('Rollback', ['datastore.databases.get'], () => []),
  reader('AllocateIds', ['datastore.entities.allocateIds'], (message) => keysAt(message, 1)),
  reader('ReserveIds', ['datastore.entities.allocateIds'], (message) => keysAt(message, 1)),
  [
    'google.datastore.v1.Datastore/Commit',
    {
      worst: [create, update, remove],
      read: (message) => {
        const mutations = readMessage(message, 6).inners(6).map(readMutation);
        const place = placeOf(
          message,
          mutations.map(({ partition }) => partition),
        );
        const names = new Set(mutations.flatMap((mutation) => mutation.names));
        return [...(names.size === 0 ? ['datastore.databases.get'] : names)].map((name) => ({
          name,
          ...place,
        }));
      },
    },
  ],
];

function reader(
  method: string,
  names: readonly string[],
  partitions: (message: Buffer) => readonly Buffer[],
): readonly [string, Reader] {
  const read = (message: Buffer) => {
    const place = placeOf(message, partitions(message));
    return names.map((name): Action => ({ name, ...place }));
  };
  return [`google.datastore.v1.Datastore/${method}`, { worst: names, read }];
}

const operations: readonly (readonly [number, readonly string[]])[] = [
  [4, [create]],
  [5, [update]],
  [6, [create, update]],
  [7, [remove]],
];

function readMutation(bytes: Buffer): { names: readonly string[]; partition: Buffer } {
  const mutation = readMessage(bytes, 4, 5, 6, 7);
  const [found, ...more] = operations.filter(([number]) => mutation.has(number));
  if (found === undefined || more.length > 0)
    throw malformed('a mutation that is not exactly one of insert, update, upsert and delete');
  const [number, names] = found;
  const content = mutation.inner(number) ?? none;
  const key = number === 7 ? content : (readMessage(content, 1).inner(1) ?? none);
  return { names, partition: readMessage(key, 1).inner(1) ?? none };
}

function keysAt(message: Buffer, number: number): readonly Buffer[] {
  const keys = readMessage(message, number).inners(number);
  return keys.map((key) => readMessage(key, 1).inner(1) ?? none);
}

function partitionAt(message: Buffer, number: number): readonly Buffer[] {
  return [readMessage(message, number).inner(number) ?? none];
}

/** The project, or the database where it is not the default one. Every key has to be of the same. */
function placeOf(message: Buffer, partitions: readonly Buffer[]): Pick<Action, 'resource' | 'reach'> {
  const request = readMessage(message, 8, 9);
  const project = request.text(8);
  const database = request.text(9);
  for (const bytes of partitions) {
    const partition = readMessage(bytes, 2, 3);
    const isOther = ![project, ''].includes(partition.text(2)) || ![database, ''].includes(partition.text(3));
    if (isOther) throw malformed('a key of another project or database than its own');
  }
  const name = database === '' ? project : `${project}/databases/${database}`;
  const isName = /^[\w.:-]+(?:\/databases\/[\w.()-]+)?$/.test(name);
  return isName ? { resource: `//datastore.googleapis.com/projects/${name}` } : { reach: 'any' };
}

function malformed(what: string): PaiError {
  return new PaiError('malformed_request', `the message has ${what}`);
}
