import { type Action, PaiError } from '@pai/core';
import type { Reader } from './reader.ts';
import { readMessage } from './wire.ts';

const select = 'spanner.databases.select';
const write = 'spanner.databases.write';
const boost = 'spanner.databases.useDataBoost';
const begin = {
  readWrite: 'spanner.databases.beginOrRollbackReadWriteTransaction',
  partitioned: 'spanner.databases.beginPartitionedDmlTransaction',
  readOnly: 'spanner.databases.beginReadOnlyTransaction',
};

/** Reads google/spanner/v1/spanner.proto and transaction.proto; permissions as "IAM overview" of Spanner names them. */
export const spannerReaders: readonly (readonly [string, Reader])[] = [
  entry('ExecuteSql', [select, write, boost, ...Object.values(begin)], readSql),
  entry('ExecuteStreamingSql', [select, write, boost, ...Object.values(begin)], readSql),
  entry('ExecuteBatchDml', [select, write, ...Object.values(begin)], readDml),
  entry('Read', ['spanner.databases.read', boost, ...Object.values(begin)], readRows),
  entry('StreamingRead', ['spanner.databases.read', boost, ...Object.values(begin)], readRows),
  entry('BeginTransaction', Object.values(begin), readBegin),
];

/** All is done in the session's database. */
function entry(
  method: string,
  worst: readonly string[],
  namesOf: (message: Buffer) => readonly string[],
): readonly [string, Reader] {
  const read: Reader['read'] = (message, [first]) => {
    const place: Pick<Action, 'resource' | 'reach'> =
      first?.resource === undefined ? { reach: 'any' } : { resource: first.resource };
    return namesOf(message).map((name) => ({ name, ...place }));
  };
  return [`google.spanner.v1.Spanner/${method}`, { worst, read }];
}

function readSql(message: Buffer): readonly string[] {
  const request = readMessage(message, 2, 3, 16);
  const { isReadOnly, begins } = readSelector(request.inner(2));
  const isSelect = isReadOnly || isPlainSelect(request.text(3));
  return [select, ...(isSelect ? [] : [write]), ...begins, ...(request.isTrue(16) ? [boost] : [])];
}

/** A statement that its first word shows to write nothing. Where comments go first, dialects differ on where they end. */
export function isPlainSelect(sql: string): boolean {
  return /^\s*select\b/i.test(sql) && !sql.includes('|>');
}

function readDml(message: Buffer): readonly string[] {
  return [write, select, ...readSelector(readMessage(message, 2).inner(2)).begins];
}

function readRows(message: Buffer): readonly string[] {
  const request = readMessage(message, 2, 15);
  const { begins } = readSelector(request.inner(2));
  return ['spanner.databases.read', ...begins, ...(request.isTrue(15) ? [boost] : [])];
}

function readBegin(message: Buffer): readonly string[] {
  return [readMode(readMessage(message, 2).inner(2)) ?? begin.readWrite];
}

/** Without a selector a statement runs in a read-only transaction of its own. */
function readSelector(bytes: Buffer | undefined): { isReadOnly: boolean; begins: readonly string[] } {
  if (bytes === undefined) return { isReadOnly: true, begins: [] };
  const selector = readMessage(bytes, 1, 2, 3);
  if ([1, 2, 3].filter((number) => selector.has(number)).length > 1) throw twofold();
  const mode = readMode(selector.inner(1) ?? selector.inner(3));
  const begins = selector.has(3) ? [mode ?? begin.readWrite] : [];
  return { isReadOnly: mode === begin.readOnly, begins };
}

function readMode(bytes: Buffer | undefined): string | undefined {
  const options = readMessage(bytes ?? Buffer.alloc(0), 1, 2, 3);
  const modes = [begin.readWrite, begin.readOnly, begin.partitioned].filter((_, i) => options.has(i + 1));
  if (modes.length > 1) throw twofold();
  return modes[0];
}

function twofold(): PaiError {
  return new PaiError('malformed_request', 'the message has a transaction of two kinds; name one');
}
