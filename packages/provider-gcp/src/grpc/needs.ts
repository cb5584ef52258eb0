import type { Action } from '@pai/core';
import { longestSearched, nameOf } from '../mentions.ts';
import type { Call } from './call.ts';
import type { RpcModel, RpcNeed } from './catalogue.ts';
import type { Message } from './framing.ts';
import type { Reader } from './reader.ts';
import { readers } from './readers.ts';
import { allAt, readTemplates } from './template.ts';
import { readMessage } from './wire.ts';

/** What a call needs whose only or first message this is; nothing of a method that is not known can be told. */
export function needsOf(message: Message, rpc: RpcModel, call: Call): readonly Action[] {
  const unknown = unknownNeeds(rpc, call);
  const reader = readerOf(rpc, call);
  if (message === 'too long') return orUnknown(worstOf(reader), unknown);
  const byTable = rpc.needs.flatMap((need) => needed(need, message, call));
  const own = reader === undefined ? orUnknown(byTable, unknown) : reader.read(message, byTable);
  if (rpc.isOpen || isUnsearched(rpc, message)) return own.map((action) => ({ ...action, reach: 'any' }));
  return [...own, ...mentioned(rpc, message, call)];
}

/**
 * What a later message of a stream needs beside what the first did, which may be nothing: one that names nothing goes on
 * with what was named.
 */
export function laterNeedsOf(message: Message, first: Message, rpc: RpcModel, call: Call): readonly Action[] {
  const reader = readerOf(rpc, call);
  if (message === 'too long') return orUnknown(worstOf(reader), unknownNeeds(rpc, call));
  if (rpc.isOpen || isUnsearched(rpc, message)) return unknownNeeds(rpc, call);
  if (reader?.later !== undefined) return reader.later(message, first);
  const byTable = rpc.needs.flatMap((need) => (isSilent(need, message) ? [] : needed(need, message, call)));
  const own = reader === undefined ? byTable : reader.read(message, byTable);
  return [...own, ...mentioned(rpc, message, call)];
}

function isUnsearched({ mentions }: RpcModel, message: Buffer): boolean {
  return mentions.length > 0 && message.length > longestSearched;
}

/** What the message names beside what the call is on needs the same permissions, as over REST. */
function mentioned({ mentions, needs: [need] }: RpcModel, message: Buffer, call: Call): readonly Action[] {
  const resources = mentions.flatMap(({ path, kind, service = call.endpoint.service }) =>
    allAt(message, path).flatMap((text) => nameOf(text, kind, service, undefined) ?? []),
  );
  const permissions = need?.permissions ?? [];
  return resources.flatMap((resource) =>
    permissions.map((name) => ({ name: named(name, resource, call), resource })),
  );
}

/** Whether messages of the method name anything that can be read. */
export function isReadable({ isRead, needs }: RpcModel): boolean {
  return isRead || needs.some(({ templates }) => templates.length > 0);
}

/** The permissions of a method, on what cannot be told. */
export function unknownNeeds(rpc: RpcModel, call: Call): readonly Action[] {
  const names = rpc.needs.flatMap(({ permissions }) => permissions.map((name) => named(name, '', call)));
  return names.map((name): Action => ({ name, reach: 'any' }));
}

function readerOf({ isRead }: RpcModel, { path }: Call): Reader | undefined {
  return isRead ? readers.get(path) : undefined;
}

function worstOf(reader: Reader | undefined): readonly Action[] {
  return reader?.worst.map((name): Action => ({ name, reach: 'any' })) ?? [];
}

function orUnknown(actions: readonly Action[], unknown: readonly Action[]): readonly Action[] {
  return actions.length > 0 ? actions : unknown;
}

/** Nothing that the templates read is there, and nothing of what it would be in. */
function isSilent({ templates }: RpcNeed, message: Buffer): boolean {
  if (!readTemplates(templates, message).isUnset) return false;
  const paths = templates.flatMap(([template]) => template?.fields.split(',') ?? []);
  const holders = paths
    .filter((path) => path.includes('.'))
    .map((path) => Number.parseInt(path.slice(1), 10));
  const read = readMessage(message, ...holders);
  return !holders.some((number) => read.has(number));
}

function needed(need: RpcNeed, message: Buffer, call: Call): readonly Action[] {
  const reading = readTemplates(need.templates, message);
  if (need.isOptional && reading.isUnset) return [];
  const isUnknown = reading.isUnclear || reading.names.length === 0;
  return need.permissions.flatMap((permission): readonly Action[] => [
    ...(isUnknown ? [{ name: named(permission, '', call), reach: 'any' as const }] : []),
    ...reading.names.map(({ name, part }) => ({
      name: named(permission, name, call),
      resource: name.startsWith('//') ? name : `//${call.endpoint.service}/${name}`,
      ...(part !== undefined && { part }),
    })),
  ]);
}

function named(permission: string, resource: string, { host }: Call): string {
  return permission.replace('%', host.prefix).replace('$', collectionOf(resource));
}

/** The collection of `projects/p/topics/t` is `topics`; names in buckets may have slashes of their own. */
function collectionOf(resource: string): string {
  const [, inBucket] = /^projects\/_\/buckets\/[^/]+\/([A-Za-z]+)\//.exec(resource) ?? [];
  const collection = inBucket ?? resource.split('/').at(-2) ?? '';
  return /^[A-Za-z]\w*$/.test(collection) ? collection : 'resources';
}
