import {
  type AgentRequest,
  decodeUtf8,
  getHeaders,
  isTakenFor,
  PaiError,
  type Parameter,
  readDecoded,
  readForm,
  readJson,
  readParameters,
} from '@pai/core';
import type { Row } from './table.ts';

/** Bytes of content that are read. */
const longestContent = 16 * 1_048_576;

/**
 * The parameters that the routes of a row look at, and all that a server could take for one of them. Throws
 * `malformed_request` for content that asks for another method: servers look for `_method` in a POST's form or JSON.
 */
export async function parametersFor({ routes }: Row, request: AgentRequest): Promise<readonly Parameter[]> {
  const places = routes.flatMap(({ from = {}, when }) => [...Object.values(from), ...(when ? [when] : [])]);
  if (places.length === 0 && request.method !== 'POST') return [];
  const isContentWanted = places.some((place) => place.in === 'body');
  const plain = await readAll(request, isContentWanted);
  const parameters = [...plain, ...plain.flatMap(behindSemicolons)];
  if (parameters.some(({ name }) => isTakenFor(name, '_method'))) {
    throw new PaiError(
      'malformed_request',
      'the content has _method, which asks for another method; send that method',
    );
  }
  return parameters;
}

/** Content that is neither a form nor JSON names no parameters, and is left unread where no route looks at it. */
async function readAll(request: AgentRequest, isContentWanted: boolean): Promise<readonly Parameter[]> {
  // Of several types a server takes the first or the last.
  const type = getHeaders(request.headers, 'content-type').join();
  // Some servers take content of no type for a form.
  const isForm = type === '' || /urlencoded|form-data/i.test(type);
  if (isContentWanted || isForm) return readParameters(request, longestContent);
  const query = readForm(request.query).map(([name, value]) => ({ name, value, place: 'query' as const }));
  if (request.body.length === 0 || !/[/+]json/i.test(type)) return query;
  const value = readJson(decodeUtf8(await readDecoded(request, longestContent)));
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return query;
  return [
    ...query,
    ...Object.entries(value).map(([name, member]) => ({ name, value: member, place: 'json' as const })),
  ];
}

/** Some servers part a query or a form at semicolons too (HTML 4.01, B.2.2). */
function behindSemicolons({ name, value, place }: Parameter): readonly Parameter[] {
  if (typeof value !== 'string' || (place !== 'query' && place !== 'form')) return [];
  if (!name.includes(';') && !value.includes(';')) return [];
  return `${name}=${value}`.split(';').map((pair) => {
    const mark = pair.indexOf('=');
    return mark === -1
      ? { name: pair, value: '', place }
      : { name: pair.slice(0, mark), value: pair.slice(mark + 1), place };
  });
}
