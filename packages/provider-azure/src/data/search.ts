import {
  type Action,
  type AgentRequest,
  decodeUtf8,
  getHeader,
  printable,
  readDecoded,
  readJson,
  readPath,
} from '@pai/core';
import { readQuery } from './query.ts';
import { unreadable } from './refuse.ts';

const service = 'Microsoft.Search/searchServices/';

/** Bytes of a batch of documents (Azure AI Search, "service limits": 16 MiB). */
const longest = 16 * 1024 * 1024;

/** First segments of paths, and how the actions of Azure RBAC spell them. */
const kinds: Readonly<Record<string, string>> = {
  indexes: 'indexes',
  indexers: 'indexers',
  datasources: 'dataSources',
  skillsets: 'skillsets',
  synonymmaps: 'synonymMaps',
  aliases: 'aliases',
  agents: 'agents',
  knowledgebases: 'knowledgeBases',
  knowledgesources: 'knowledgeSources',
  debugsessions: 'debugSessions',
};

const repeated: ReadonlySet<string> = new Set(['facet', 'scoringparameter']);

/**
 * The actions of a request to Azure AI Search, on `<host>/<kind>/<name>`, and on `<index>/docs` for documents.
 * Throws `malformed_request` for one that has more than one reading or none.
 */
export function readSearch(request: AgentRequest): readonly Action[] | Promise<readonly Action[]> {
  readQuery(request, { repeated });
  const { method, host } = request;
  const [kindName = '', name, ...rest] = segmentsOf(request.path);
  const first = kindName.toLowerCase();
  const kind = Object.hasOwn(kinds, first) ? kinds[first] : undefined;
  if (first === 'servicestats' && name === undefined && method === 'GET')
    return [{ name: `${service}read`, resource: host }];
  if (kind === undefined) throw unknown(request);
  const resource = [host, first, ...(name === undefined ? [] : [name])].join('/');
  if (kind === 'indexes' && rest[0]?.toLowerCase() === 'docs')
    return onDocuments(request, `${resource}/docs`, rest.slice(1));
  if (rest.length > 0) return [{ name: service + operationOn(kind, request, rest), resource }];
  const isList = name === undefined && method === 'GET';
  const verb = {
    GET: 'read',
    POST: name === undefined ? 'write' : undefined,
    PUT: 'write',
    DELETE: 'delete',
  }[method];
  if (verb === undefined) throw unknown(request);
  return [{ name: `${service}${kind}/${verb}`, resource, ...(isList && { part: '' }) }];
}

/** `indexes('name')` is `indexes/name` (OData 4, "URL conventions"). */
function segmentsOf(path: string): readonly string[] {
  return readPath(path).segments.flatMap((segment) => {
    const [, kind, key] = /^(\w+)\('(.*)'\)$/s.exec(segment) ?? [];
    return kind === undefined || key === undefined ? [segment] : [kind, key];
  });
}

function unknown({ method, path }: AgentRequest): Error {
  return unreadable(
    `${printable(`${method} ${path}`)} is no operation of Azure AI Search that is known; use one that it documents`,
  );
}

/** `search.run`, `search.status` and the like. */
function operationOn(kind: string, request: AgentRequest, rest: readonly string[]): string {
  const operation = rest.at(-1)?.replace(/^search\./, '') ?? '';
  if (rest.length > 1 || !/^\w+$/.test(operation)) throw unknown(request);
  if (request.method === 'GET') return `${kind}/read`;
  if (request.method === 'POST') return `${kind}/${operation}/action`;
  throw unknown(request);
}

/** Operations on documents that only read them. */
const readings: ReadonlySet<string> = new Set(
  'search search.post.search suggest search.suggest search.post.suggest autocomplete search.autocomplete search.post.autocomplete $count'.split(
    ' ',
  ),
);

/** Reads documents whatever their own lists of access say. */
const elevatedRead = `${service}indexes/contentSecurity/elevatedOperations/read`;

function onDocuments(
  request: AgentRequest,
  resource: string,
  rest: readonly string[],
): readonly Action[] | Promise<readonly Action[]> {
  const { method } = request;
  const [operation = '', ...others] = rest;
  const elevated =
    getHeader(request.headers, 'x-ms-enable-elevated-read') === undefined ? [] : [elevatedRead];
  const read = [`${service}indexes/documents/read`, ...elevated].map((name) => ({
    name,
    resource,
    part: '',
  }));
  if (others.length > 0) throw unknown(request);
  if (method === 'GET') return read;
  if (method !== 'POST') throw unknown(request);
  if (readings.has(operation)) return read;
  if (operation === 'index' || operation === 'search.index') return readIndexing(request, resource);
  throw unknown(request);
}

async function readIndexing(request: AgentRequest, resource: string): Promise<readonly Action[]> {
  const content = readJson(decodeUtf8(await readDecoded(request, longest)), { isExact: false });
  const documents = (content as { value?: unknown } | null)?.value;
  if (!Array.isArray(documents)) throw unreadable('the content has no list of documents; send one as value');
  const verbs = new Set(documents.map((document) => verbOf(document)));
  return [...verbs].map((verb) => ({ name: `${service}indexes/documents/${verb}`, resource }));
}

function verbOf(document: unknown): string {
  const members = (document ?? {}) as Record<string, unknown>;
  const names = Object.keys(members).filter((name) => name.toLowerCase() === '@search.action');
  if (names.some((name) => name !== '@search.action')) {
    throw unreadable('a document has @search.action in another case; write it in lower case');
  }
  const given = members['@search.action'] ?? 'upload';
  const verb = typeof given === 'string' ? given.toLowerCase() : '';
  if (verb === 'delete') return 'delete';
  if (verb === 'upload' || verb === 'merge' || verb === 'mergeorupload') return 'write';
  throw unreadable(
    'a document has an @search.action that is not known; send upload, merge, mergeOrUpload or delete',
  );
}
