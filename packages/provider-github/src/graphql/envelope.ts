import { type AgentRequest, getHeaders, isPaiError, printable, readJson } from '@pai/core';
import { isJson, otherCharset } from '../json-body.ts';
import { readContent } from './content.ts';
import { unreadable } from './unreadable.ts';

/** A GraphQL request as it came: a document, which of its operations is meant, and the values of its variables. */
export interface Envelope {
  readonly query: string;
  readonly operationName?: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

/**
 * Reads a GraphQL request from the JSON content of a POST or the query string of a GET. Throws `malformed_request` for
 * whatever GitHub could read in two ways, and `body_too_large` over 1 MiB, compressed or not.
 */
export async function readEnvelope(request: AgentRequest): Promise<Envelope> {
  const { method, query } = request;
  if (method === 'GET') return fromQuery(query, await readContent(request));
  if (method !== 'POST') throw unreadable(`${printable(method)} is no method of GraphQL; send a POST`);
  if (formKeys(query).some(isReserved)) {
    throw unreadable('a part of the GraphQL request is in the query string; send all of it in the JSON body');
  }
  const types = getHeaders(request.headers, 'content-type');
  const text = await readContent(request);
  if (types.length > 1 || !isJson(types[0] ?? '')) refuseForm(types.join(), text);
  return fromJson(text);
}

/** GraphQL over HTTP knows these four (https://graphql.github.io/graphql-over-http). */
const members: ReadonlySet<string> = new Set(['query', 'operationName', 'variables', 'extensions']);

const lowerMembers: ReadonlySet<string> = new Set([...members].map((name) => name.toLowerCase()));

function isReserved(key: string): boolean {
  return lowerMembers.has((/^[^[\]]*/.exec(key.trim())?.[0] ?? '').trim().toLowerCase());
}

/** curl sends JSON under a form's type; that is read, unless the same bytes also have a meaning as a form. */
function refuseForm(type: string, text: string): void {
  if (/^multipart\//i.test(type))
    throw unreadable('the GraphQL request is multipart; send it as application/json');
  if (otherCharset.test(type)) throw unreadable('the GraphQL request has a charset that is not UTF-8');
  if (formKeys(text).some(isReserved)) {
    throw unreadable('the GraphQL request could be a form; send it as application/json');
  }
}

function formKeys(form: string): string[] {
  return [...new URLSearchParams(form.replaceAll(';', '&')).keys()];
}

function fromJson(text: string): Envelope {
  const value = parseJson(text, 'the GraphQL request');
  if (Array.isArray(value)) throw unreadable('the GraphQL request is a batch; send one operation at a time');
  if (!isObject(value)) throw unreadable('the GraphQL request is not a JSON object');
  const strange = Object.keys(value).find((key) => !members.has(key));
  if (strange !== undefined) throw unreadable(`${printable(strange)} is no member of a GraphQL request`);
  return fromMembers(value);
}

function fromQuery(search: string, content: string): Envelope {
  if (content !== '') throw unreadable('a GraphQL request by GET has a body; send it as a POST');
  const parameters = [...new URLSearchParams(search)];
  if (formKeys(search).filter(isReserved).length !== parameters.filter(([key]) => members.has(key)).length) {
    throw unreadable('the query string can be read in two ways; send the GraphQL request as a POST');
  }
  const found = parameters.filter(([key]) => members.has(key));
  if (new Set(found.map(([key]) => key)).size !== found.length) {
    throw unreadable('a part of the GraphQL request is in the query string twice');
  }
  const value = Object.fromEntries(found);
  return fromMembers({
    ...value,
    ...(value['extensions'] !== undefined && { extensions: readText(value['extensions'], 'extensions') }),
  });
}

function fromMembers({ query, operationName, variables, extensions }: Record<string, unknown>): Envelope {
  if (
    isObject(extensions) ? Object.keys(extensions).some((key) => /persisted/i.test(key)) : isGiven(extensions)
  ) {
    throw unreadable('the request names a persisted query, whose text is not known; send the query itself');
  }
  if (typeof query !== 'string' || query.trim() === '') throw unreadable('the GraphQL request has no query');
  if (isGiven(operationName) && typeof operationName !== 'string') {
    throw unreadable('operationName is not a string');
  }
  const name = typeof operationName === 'string' && operationName !== '' ? { operationName } : {};
  const values = typeof variables === 'string' ? readText(variables, 'variables') : variables;
  if (isGiven(values) && !isObject(values)) throw unreadable('the variables are not a JSON object');
  return { query, ...name, variables: isObject(values) ? values : {} };
}

/** GitHub also takes these members as a string that holds JSON. */
function readText(text: string, what: string): unknown {
  if (text === '') return undefined;
  return parseJson(text, what);
}

function parseJson(text: string, what: string): unknown {
  try {
    return readJson(text);
  } catch (thrown) {
    throw unreadable(
      `${what} cannot be read: ${isPaiError(thrown) ? thrown.message : 'it is nested too deeply'}`,
    );
  }
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
