import {
  type Action,
  type AgentRequest,
  decodeUtf8,
  printable,
  readDecoded,
  readJson,
  readPath,
} from '@pai/core';
import { readArmPath } from '../arm/structure.ts';
import { headersOf } from '../batch.ts';
import { leadsOut } from './leads-out.ts';
import { readQuery } from './query.ts';
import { unreadable } from './refuse.ts';

const queryWorkspace = 'Microsoft.OperationalInsights/workspaces/query/read';
const queryResource = 'Microsoft.Insights/logs/read';

/** Bytes of a query. */
const longest = 1024 * 1024;

/**
 * The actions of a request to the query interface of Log Analytics, on `<host>/workspaces/<workspace>` or on the ARM id of
 * the resource whose logs are asked for. A query that itself names other workspaces may reach any. Throws
 * `malformed_request` for one that has more than one reading or none.
 */
export async function readLogAnalytics(request: AgentRequest): Promise<readonly Action[]> {
  const query = readQuery(request);
  const { method } = request;
  const segments = [...readPath(request.path).segments];
  const [version = '', ...path] = segments;
  const last = path.pop()?.toLowerCase();
  if (!/^v\d$/i.test(version)) throw unknown(request);
  if (last === '$batch' && path.length === 0 && method === 'POST') return readBatch(request);
  if ((last !== 'query' && last !== 'metadata') || (method !== 'GET' && method !== 'POST'))
    throw unknown(request);
  const content = method === 'POST' ? await readContent(request) : {};
  return actionsOf(request.host, path, { ...content, ...Object.fromEntries(query) }, [content, query]);
}

function unknown({ method, path }: Pick<AgentRequest, 'method' | 'path'>): Error {
  return unreadable(
    `${printable(`${method} ${path}`)} is no operation of Log Analytics that is known; use one that it documents`,
  );
}

type Members = Readonly<Record<string, unknown>>;

async function readContent(request: AgentRequest): Promise<Members> {
  const text = decodeUtf8(await readDecoded(request, longest));
  return text === '' ? {} : members(readJson(text, { isExact: false }));
}

/** Names compare without case, so that two of them may be one. */
function members(value: unknown): Members {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw unreadable('the content is no JSON object; send one with a query');
  }
  const found: Record<string, unknown> = {};
  for (const [name, member] of Object.entries(value)) {
    if (Object.hasOwn(found, name.toLowerCase()))
      throw unreadable(`the content has ${printable(name)} twice; send it once`);
    found[name.toLowerCase()] = member;
  }
  return found;
}

/** Members that name what else is searched. */
const others = [
  'workspaces',
  'workspaceids',
  'qualifiednames',
  'azureresourceids',
  'resources',
  'applications',
];

function actionsOf(
  host: string,
  path: readonly string[],
  given: Members,
  sources: readonly [Members, ReadonlyMap<string, string>],
): readonly Action[] {
  const [content, query] = sources;
  const twice = Object.keys(content).find((name) => query.has(name));
  if (twice !== undefined)
    throw unreadable(`${printable(twice)} is in the query and in the content; send it once`);
  const more = others.flatMap((name) => namesIn(given[name]));
  const text = given.query ?? '';
  if (typeof text !== 'string') throw unreadable('the query is no text; send it as text');
  const reach = leadsOut(text) ? ({ reach: 'any' } as const) : {};
  return [...new Set([targetOf(path), ...more])].map((target) =>
    target.startsWith('/')
      ? { name: queryResource, resource: target, ...reach }
      : { name: queryWorkspace, resource: `${host}/workspaces/${target}`, ...reach },
  );
}

function namesIn(value: unknown): readonly string[] {
  if (value === undefined || value === null) return [];
  const list = typeof value === 'string' ? value.split(',') : value;
  if (!Array.isArray(list) || list.some((name) => typeof name !== 'string')) {
    throw unreadable('the other workspaces are no list of names; send one');
  }
  if (list.length > mostWorkspaces)
    throw unreadable(`the query is of more than ${mostWorkspaces} workspaces; send several`);
  return list.map((name: string) => checkTarget(name.trim()));
}

/** Resources of one query (Azure Monitor service limits, "Log Analytics workspaces": 100). */
const mostWorkspaces = 100;

/** An ARM id, or the id, the name or SUBSCRIPTION/GROUP/NAME of a workspace. */
function checkTarget(name: string): string {
  if (name.startsWith('/')) return readArmPath(name).id;
  if (/^[\w()-]+(?:\.[\w()-]+)*(?:\/[\w()-]+(?:\.[\w()-]+)*){0,2}$/.test(name)) return name;
  throw unreadable(`${printable(name)} is no name of a workspace; send the id of one`);
}

/** A workspace by its id, or an ARM id. */
function targetOf(path: readonly string[]): string {
  const [kind = '', id, ...rest] = path;
  if (kind.toLowerCase() === 'workspaces' && id !== undefined && rest.length === 0) return checkTarget(id);
  if (kind.toLowerCase() !== 'subscriptions' || id === undefined) {
    throw unreadable('the path names no workspace and no resource; name one as /v1/workspaces/ID/query');
  }
  return `/${path.join('/')}`;
}

async function readBatch(request: AgentRequest): Promise<readonly Action[]> {
  const { requests } = await readContent(request);
  if (!Array.isArray(requests)) throw unreadable('the batch has no list of requests; send one');
  return requests.flatMap((one: unknown) => {
    const { workspace, path = '/query', body = {}, method = 'POST', ...rest } = members(one);
    const isKnown = path === '/query' && method === 'POST' && typeof workspace === 'string';
    const { headers, ...unknownOnes } = rest;
    headersOf(headers);
    const surplus = Object.keys(unknownOnes).find((name) => name !== 'id');
    if (!isKnown || surplus !== undefined) {
      throw unreadable(
        'the batch has a request that is not a POST to /query of one workspace; send it on its own',
      );
    }
    const given = members(body);
    return actionsOf(request.host, ['workspaces', workspace], given, [given, new Map()]);
  });
}
