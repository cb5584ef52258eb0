import { decodeUtf8, type MediaType, readDecoded, readMediaType } from './content.ts';
import { PaiError } from './errors.ts';
import { mostParameters, readForm, tooMany } from './form.ts';
import { printable } from './host.ts';
import { type JsonOptions, readJson } from './json-text.ts';
import { readMultipart } from './multipart.ts';
import type { AgentRequest } from './request.ts';

/** One occurrence of a parameter in a request. */
export interface Parameter {
  readonly name: string;
  /** Text; of JSON the value as `readJson` gives it; of a file undefined. */
  readonly value: unknown;
  readonly place: 'query' | 'form' | 'multipart' | 'json';
  /** There when the parameter is a file. */
  readonly filename?: string;
}

/**
 * Every occurrence of every parameter, in order: the query's, then the content's (form, multipart or a JSON object,
 * gzipped or not), which stays in the body. Throws `body_too_large` over `limit` bytes of content, and
 * `malformed_request` over 1,000 parameters, for content of another type and for whatever two servers could read in two ways.
 */
export async function readParameters(
  request: Pick<AgentRequest, 'query' | 'headers' | 'body'>,
  limit: number,
  options?: JsonOptions,
): Promise<readonly Parameter[]> {
  const query = readForm(request.query).map(([name, value]) => ({ name, value, place: 'query' as const }));
  if (request.body.length === 0) return query;
  const content = await readDecoded(request, limit);
  return content.length === 0 ? query : [...query, ...readContent(content, readMediaType(request), options)];
}

function readContent(
  content: Buffer,
  { type, parameters }: MediaType,
  options: JsonOptions | undefined,
): Parameter[] {
  const { boundary, charset = 'utf-8', ...others } = Object.fromEntries(parameters);
  const isMultipart = type === 'multipart/form-data';
  const isPlain = Object.keys(others).length === 0 && /^utf-?8$/i.test(charset);
  if (!isPlain || (boundary === undefined) === isMultipart) throw unreadable(type);
  if (isMultipart) {
    return readMultipart(content, boundary ?? '').map(({ name, filename, content: part }) => ({
      name,
      place: 'multipart',
      ...(filename === undefined ? { value: decodeUtf8(part) } : { value: undefined, filename }),
    }));
  }
  const text = decodeUtf8(content);
  if (type === 'application/x-www-form-urlencoded') {
    return readForm(text).map(([name, value]) => ({ name, value, place: 'form' }));
  }
  if (type !== 'application/json') throw unreadable(type);
  const value = readJson(text, options);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new PaiError('malformed_request', 'the content is JSON, but no object of parameters');
  }
  const members = Object.entries(value);
  if (members.length > mostParameters) throw tooMany();
  return members.map(([name, member]) => ({ name, value: member, place: 'json' }));
}

function unreadable(type: string): PaiError {
  return new PaiError(
    'malformed_request',
    `the content is ${printable(type)} with parameters that cannot be judged; send plain application/json, application/x-www-form-urlencoded or multipart/form-data`,
  );
}

/**
 * Every occurrence of the parameter `name`. Throws `malformed_request` when there is one whose name some servers take for
 * it: in another case, with brackets behind it, with a dot or a space for `_`.
 */
export function occurrencesOf(parameters: readonly Parameter[], name: string): readonly Parameter[] {
  return parameters.filter((parameter) => {
    if (parameter.name === name) return true;
    if (!isTakenFor(parameter.name, name)) return false;
    throw new PaiError(
      'malformed_request',
      `${printable(parameter.name)} can be taken for the parameter ${name}; write it as ${name}`,
    );
  });
}

/**
 * Whether some servers take a parameter called `candidate` for `name`: it is `name`, or differs by no more than case,
 * brackets behind it, or a dot or a space for `_`.
 */
export function isTakenFor(candidate: string, name: string): boolean {
  if (plainName.test(candidate) && plainName.test(name)) return candidate === name;
  return looseKey(candidate) === looseKey(name);
}

/** Its own loose key. */
const plainName = /^[a-z0-9_]+$/;

/** PHP cuts a name at its bracket, trims it, and writes dots and spaces as `_`. */
function looseKey(name: string): string {
  return name
    .replace(/(?<=.)\[.*$/s, '')
    .replace(/\0.*$/s, '')
    .trim()
    .replace(/[. [-]/g, '_')
    .toLowerCase();
}

/**
 * The one value of the parameter `name`, undefined when it does not occur. Throws `malformed_request` when it occurs with
 * different values, or as a file, or under a name that can be taken for it.
 */
export function singleValue(parameters: readonly Parameter[], name: string): unknown {
  const [first, ...others] = occurrencesOf(parameters, name);
  const all = first === undefined ? [] : [first, ...others];
  if (all.some(({ filename }) => filename !== undefined)) {
    throw new PaiError('malformed_request', `the parameter ${name} is a file; send it as text`);
  }
  if (new Set(all.map(({ value }) => textOf(value))).size > 1) {
    throw new PaiError('malformed_request', `the parameter ${name} has different values; send one`);
  }
  return first?.value;
}

/** As a form would spell it. */
function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  return JSON.stringify(value, (_, member) => (typeof member === 'bigint' ? String(member) : member)) ?? '';
}
