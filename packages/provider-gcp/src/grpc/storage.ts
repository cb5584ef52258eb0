import type { Action } from '@pai/core';
import type { Reader } from './reader.ts';
import { readMessage, type WireMessage } from './wire.ts';

/** A permission that a message needs beside those of the table, on what it writes. */
interface Extra {
  readonly permission: string;
  /** Fields that call for it when they are set, by their numbers from the outermost on. */
  readonly fields: readonly (readonly number[])[];
  /** Members of the resource that call for it when the update mask names them. */
  readonly masked?: readonly string[];
}

const objects = 'storage.objects';
const buckets = 'storage.buckets';

/** Access and retention of the object in a message: its own fields at `at`, and the parameters that stand beside it. */
function objectExtras(at: readonly number[], acl: readonly number[]): readonly Extra[] {
  return [
    { permission: `${objects}.setIamPolicy`, fields: [acl, [...at, 10]], masked: ['acl'] },
    { permission: `${objects}.setRetention`, fields: [[...at, 30]], masked: ['retention'] },
  ];
}

function bucketExtras(at: number, acls: readonly number[]): readonly Extra[] {
  const fields = [[at, 8], [at, 9], ...acls.map((number) => [number])];
  return [
    { permission: `${buckets}.setIamPolicy`, fields, masked: ['acl', 'default_object_acl'] },
    { permission: `${buckets}.setIpFilter`, fields: [[at, 38]], masked: ['ip_filter'] },
  ];
}

/** google/storage/v2/storage.proto; "IAM permissions for JSON methods", notes. */
export const storageReaders: readonly (readonly [string, Reader])[] = [
  entry('WriteObject', `${objects}.create`, objectExtras([2, 1], [2, 7])),
  entry('BidiWriteObject', `${objects}.create`, objectExtras([2, 1], [2, 7])),
  entry('StartResumableWrite', `${objects}.create`, objectExtras([1, 1], [1, 7])),
  entry('RewriteObject', `${objects}.create`, objectExtras([1], [28]), [`${objects}.get`]),
  entry(
    'ComposeObject',
    `${objects}.create`,
    objectExtras([1], [9]),
    [`${objects}.get`, `${objects}.delete`],
    readCompose,
  ),
  entry(
    'RestoreObject',
    `${objects}.restore`,
    [
      { permission: `${objects}.getIamPolicy`, fields: [[9]] },
      { permission: `${objects}.setIamPolicy`, fields: [[9]] },
    ],
    [`${objects}.create`],
  ),
  entry(
    'UpdateObject',
    `${objects}.update`,
    [...objectExtras([1], [10]), { permission: `${objects}.overrideUnlockedRetention`, fields: [[11]] }],
    [],
    undefined,
    7,
  ),
  entry('UpdateBucket', `${buckets}.update`, bucketExtras(1, [8, 9]), [], undefined, 6),
  entry(
    'CreateBucket',
    `${buckets}.create`,
    [...bucketExtras(2, [6, 7]), { permission: `${buckets}.enableObjectRetention`, fields: [[9]] }],
    [],
    readNewBucket,
  ),
];

/** `main` is what the extras stand beside, on the same resource; `mask` is the field of the update mask. */
function entry(
  method: string,
  main: string,
  extras: readonly Extra[],
  others: readonly string[] = [],
  adapt: (message: Buffer, actions: readonly Action[]) => readonly Action[] = (_, actions) => actions,
  mask?: number,
): readonly [string, Reader] {
  const read: Reader['read'] = (message, byTable) => {
    const actions = adapt(message, byTable);
    const places = actions.filter(({ name }) => name === main);
    const paths =
      mask === undefined
        ? []
        : readMessage(readMessage(message, mask).inner(mask) ?? Buffer.alloc(0), 1).texts(1);
    const needed = extras.filter(
      (extra) => extra.fields.some((path) => isSet(message, path)) || isMasked(extra, paths),
    );
    return [
      ...actions,
      ...needed.flatMap(({ permission }) => places.map((place) => ({ ...place, name: permission }))),
    ];
  };
  const worst = [main, ...others, ...extras.map(({ permission }) => permission)];
  return [`google.storage.v2.Storage/${method}`, { worst, read }];
}

function isSet(message: Buffer, [number = 0, ...rest]: readonly number[]): boolean {
  const read = readMessage(message, number);
  if (rest.length === 0) return read.has(number);
  return isSet(read.inner(number) ?? Buffer.alloc(0), rest);
}

/** `*` stands for every member (google/protobuf/field_mask.proto). */
function isMasked({ masked = [] }: Extra, paths: readonly string[]): boolean {
  return paths.some((path) => path === '*' || masked.includes(path.split('.')[0] ?? ''));
}

/** What is put together may be deleted at once. */
function readCompose(message: Buffer, actions: readonly Action[]): readonly Action[] {
  if (!readMessage(message, 11).isTrue(11)) return actions;
  const sources = actions.filter(({ name }) => name === `${objects}.get`);
  return [...actions, ...sources.map((source) => ({ ...source, name: `${objects}.delete` }))];
}

/** Its name does not say its project; the bucket does. */
function readNewBucket(message: Buffer): readonly Action[] {
  const request = readMessage(message, 2, 3);
  const project = projectOf(readMessage(request.inner(2) ?? Buffer.alloc(0), 3));
  const id = request.text(3);
  if (!/^[a-z0-9][\w.-]*$/.test(id) || project === undefined)
    return [{ name: `${buckets}.create`, reach: 'any' }];
  const place = { resource: `//storage.googleapis.com/projects/_/buckets/${id}`, project };
  return [{ name: `${buckets}.create`, ...place }];
}

function projectOf(bucket: WireMessage): string | undefined {
  return /^projects\/([\w.:-]+)$/.exec(bucket.text(3))?.[1];
}
