import type { Action, Resolution } from '@pai/core';
import { requestFor } from '@pai/core/conformance';
import protobuf from 'protobufjs';
import { resolveGrpc } from '../../src/grpc/resolve.ts';

/** One gRPC message on the wire: flag, length, content. */
export function frame(message: Uint8Array, flag = 0): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt8(flag);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

/** What a call to `host` means, whose content is these bytes. */
export function resolveBytes(
  host: string,
  path: string,
  body: Uint8Array,
  headers: Readonly<Record<string, string>> = {},
  changed: { readonly protocol?: 'h1' | 'h2'; readonly method?: string } = {},
): Promise<Resolution> {
  const request = requestFor({
    method: 'POST',
    url: `https://${host}${path}`,
    headers: { 'content-type': 'application/grpc', te: 'trailers', ...headers },
    protocol: 'h2',
    body,
    ...changed,
  });
  return resolveGrpc(request, { service: host });
}

/** The actions of a call with one message, as `permission resource [part]`; `*` for what no scope holds. */
export async function actionsOf(host: string, path: string, message: Uint8Array): Promise<readonly string[]> {
  return spell(await resolveBytes(host, path, frame(message)));
}

/** A resolution in a form to compare: its actions, or why there are none. */
export function spell(resolution: Resolution): readonly string[] {
  return 'actions' in resolution ? resolution.actions.map(spellAction) : [resolution.unresolved];
}

function spellAction({ name, resource, reach, part }: Action): string {
  const where = reach === 'any' ? '*' : (resource ?? '-');
  return `${name} ${where}${part === undefined ? '' : ` [${part}]`}`;
}

/** A value by field number: text, a message, bytes, or many of them. */
export type Value = string | boolean | Uint8Array | Fields | readonly (string | Fields)[];
export interface Fields {
  readonly [number: number]: Value;
}

/** Writes a message by field numbers, with protobufjs, which shares nothing with the reader. */
export function encode(fields: Fields): Buffer {
  const writer = protobuf.Writer.create();
  for (const [number, value] of Object.entries(fields)) {
    for (const one of Array.isArray(value) ? value : [value]) write(writer, Number(number), one as Value);
  }
  return Buffer.from(writer.finish());
}

function write(writer: protobuf.Writer, number: number, value: Value): void {
  if (typeof value === 'boolean') writer.uint32(number * 8).bool(value);
  else if (typeof value === 'string') writer.uint32(number * 8 + 2).string(value);
  else if (value instanceof Uint8Array) writer.uint32(number * 8 + 2).bytes(value);
  else writer.uint32(number * 8 + 2).bytes(encode(value as Fields));
}
