import { formatJson } from '@pai/core';
import { actionOf } from '../src/actions.ts';
import { readMessage } from '../src/frame.ts';

/** What a message asks for: a method, or a tool with its arguments. */
export type Asked = { readonly method: string } | { readonly tool: unknown; readonly arguments: unknown };

/** What the sidecar judges a message by, or undefined for one that it refuses. */
export function judged(text: string): Asked[] | undefined {
  try {
    return readMessage(text).frames.map((frame) => {
      const { name, arguments: given } = actionOf(frame);
      return given === undefined
        ? { method: name }
        : { tool: name, arguments: JSON.parse(formatJson(given)) };
    });
  } catch {
    return undefined;
  }
}

/** An object as it stands in the text, every member in its place. */
interface Members {
  readonly all: readonly (readonly [key: string, value: unknown])[];
}

function isMembers(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && 'all' in value;
}

/** Which members of an object a parser takes for a name, and which of them counts. */
export interface Parser {
  readonly isName: (key: string, name: string) => boolean;
  readonly choose: 'first' | 'last';
}

/** Parsers that servers have; the last is Go's encoding/json. */
export const parsers: Readonly<Record<string, Parser>> = {
  'takes the last of the same name': { isName: (key, name) => key === name, choose: 'last' },
  'takes the first of the same name': { isName: (key, name) => key === name, choose: 'first' },
  'takes names in any case, the last': { isName: isSameInAnyCase, choose: 'last' },
  'takes names in any case, the first': { isName: isSameInAnyCase, choose: 'first' },
  'takes names up to a NUL': { isName: (key, name) => key.split('\0')[0] === name, choose: 'last' },
  'takes names without their dashes': {
    isName: (key, name) => key.replace(/[-_]/g, '') === name,
    choose: 'last',
  },
};

function isSameInAnyCase(key: string, name: string): boolean {
  return fold(key) === fold(name);
}

function fold(text: string): string {
  return text.toLowerCase().replaceAll('\u017f', 's').replaceAll('\u212a', 'k');
}

/** What a server with that parser takes a valid JSON text for. */
export function readAs(text: string, { isName, choose }: Parser): Asked[] {
  const member = (value: unknown, name: string): unknown => {
    if (!isMembers(value)) return undefined;
    const fitting = value.all.filter(([key]) => isName(key, name));
    return (choose === 'first' ? fitting[0] : fitting.at(-1))?.[1];
  };
  const plain = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(plain);
    if (!isMembers(value)) return value;
    const all = choose === 'first' ? [...value.all].reverse() : value.all;
    return Object.fromEntries(all.map(([key, inner]) => [key, plain(inner)]));
  };
  const read = (frame: unknown): Asked => {
    const method = member(frame, 'method');
    if (method === undefined) return { method: 'response' };
    if (method !== 'tools/call') return { method: String(method) };
    const params = member(frame, 'params');
    return { tool: member(params, 'name'), arguments: plain(member(params, 'arguments') ?? { all: [] }) };
  };
  const value = parseMembers(text);
  return Array.isArray(value) ? value.map(read) : [read(value)];
}

/** A slow and obvious reading of a text that is JSON. */
function parseMembers(text: string): unknown {
  let at = 0;
  const skip = () => {
    while (' \t\r\n'.includes(text[at] ?? 'x')) at += 1;
  };
  const scalar = (): unknown => {
    const [token = ''] = /^(?:"(?:[^"\\]|\\.)*"|[^\s,\]}]+)/s.exec(text.slice(at)) ?? [];
    at += token.length;
    return JSON.parse(token);
  };
  const list = <T>(end: string, one: () => T): T[] => {
    const all: T[] = [];
    at += 1;
    skip();
    while (text[at] !== end) {
      all.push(one());
      skip();
      if (text[at] === ',') at += 1;
      skip();
    }
    at += 1;
    return all;
  };
  const value = (): unknown => {
    skip();
    if (text[at] === '[') return list(']', value);
    if (text[at] !== '{') return scalar();
    const member = () => {
      const key = String(scalar());
      skip();
      at += 1;
      return [key, value()] as const;
    };
    return { all: list('}', member) };
  };
  return value();
}
