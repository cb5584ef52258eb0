import { type Action, type AgentRequest, printable, type Resolution, readPath } from '@pai/core';
import { loadApi } from '../catalogue.ts';
import type { GcpEndpoint } from '../endpoint.ts';
import { namesIn } from '../mentions.ts';
import { readContent, textAt } from './content.ts';
import { documentActions } from './documents.ts';
import { methodsOf } from './method-override.ts';
import type { ApiModel, Method, VersionedPath } from './model.ts';
import { oneOf, type Query, readQuery } from './query.ts';
import { spannerPermissions } from './spanner.ts';

/** What a REST request is judged with. */
export interface RestOptions {
  /** Whether resources matter: content is read only then, or where it says what is done. */
  readonly isScoped: boolean;
}

/** The action of a REST request to one API, with the resources that its path, its query and its content name. */
export async function resolveRest(
  request: AgentRequest,
  { service }: GcpEndpoint,
  { isScoped }: RestOptions,
): Promise<Resolution> {
  const api = await loadApi(service);
  if (api === undefined) return { unresolved: `${printable(service)} is no API that is known` };
  const { text } = readPath(request.path);
  const query = readQuery(request.query);
  const found = methodsOf(request).flatMap((method) => readingsOf(api, text, method, query));
  if (found.length === 0) {
    return {
      unresolved: `${request.method} ${printable(request.path)} is no method of ${service} that is known`,
    };
  }
  if (text.includes('%2F') && isOtherAtSlashes(api, text, request, query, found)) {
    return {
      unresolved: `${printable(request.path)} can be read in two ways, since its %2F can be a slash; write slashes as they are`,
    };
  }
  const isNeeded =
    isScoped || found.some(({ methods }) => methods.some((one) => isOfDocuments(one) || isOfSessions(one)));
  const content = isNeeded && needsContent(request, found) ? await readContent(request) : undefined;
  const actions = found.flatMap((reading) => actionsOf(reading, service, query, content));
  const unique = new Map(
    actions.map((action) => [`${action.name} ${action.reach ?? ''} ${action.resource}`, action]),
  );
  const [first, ...others] = unique.values();
  if (first === undefined)
    return { unresolved: `${printable(request.path)} needs no permission that is known` };
  return { actions: [first, ...others] };
}

/** What a path stands for by one method. */
interface Reading {
  readonly segments: readonly string[];
  readonly methods: readonly Method[];
  /** Of a custom verb that is not known: what it would be called. */
  readonly unknown?: string;
}

function readingsOf(api: ApiModel, text: string, method: string, query: Query): readonly Reading[] {
  const [, door = '', rest = text] = /^(\/(?:resumable\/)?upload|\/download)(\/.*)$/.exec(text) ?? [];
  const own = readingAt(api, text, method);
  if (own.length > 0 || door === '') return own;
  if (door === '/download') return method === 'GET' ? readingAt(api, rest, 'GET') : [];
  const isSession = query.has('upload_id') && /^(?:PUT|POST|DELETE|GET)$/.test(method);
  const methods = isSession ? ['POST', 'PUT', 'PATCH'] : [method];
  return methods
    .flatMap((one) => readingAt(api, rest, one))
    .filter(({ methods: all }) => all.length > 0 && all.every(({ hasUpload }) => hasUpload));
}

function readingAt(api: ApiModel, text: string, method: string): readonly Reading[] {
  const { base, verb } = splitVerb(text);
  const verbPath = verb === undefined ? undefined : api.split(base);
  const withVerb = verbPath === undefined ? [] : api.find(verbPath, method, verb);
  if (verbPath !== undefined && withVerb.length > 0)
    return [{ segments: verbPath.segments, methods: withVerb }];
  const path = api.split(text);
  const methods = path === undefined ? [] : api.find(path, method);
  const isVerb = api.hasVerbs && verb !== undefined && (methods.length === 0 || !isNoVerb.test(verb));
  const unknown = verbPath !== undefined && isVerb ? nameOf(api, verbPath, verb) : undefined;
  if (unknown !== undefined && verbPath !== undefined) {
    const plain = methods.length > 0 && path !== undefined ? [{ segments: path.segments, methods }] : [];
    return [...plain, { segments: verbPath.segments, methods: [], unknown }];
  }
  return methods.length > 0 && path !== undefined ? [{ segments: path.segments, methods }] : [];
}

/** Behind a colon in a name: the end of a range of cells (`Sheet1!A1:B2`), a digest (`sha256:ab…`). Verbs are camel case (AIP-136). */
const isNoVerb = /^(?:[A-Z\d]+|[\da-f]{64})$/;

/** `/v1/projects/p/topics/t:publish`: the verb is what follows the last colon. */
function splitVerb(text: string): { base: string; verb?: string } {
  const [, base = text, verb] = /^(.*[^/]):([a-zA-Z][\w.]*)$/.exec(text) ?? [];
  return verb === undefined ? { base } : { base, verb };
}

/** A custom verb on something that is known is named as the wire names it. */
function nameOf(api: ApiModel, path: VersionedPath, verb: string): string | undefined {
  const { segments } = path;
  if (segments.length === 0 || !api.isKnown(path)) return undefined;
  const kind = segments[segments.length % 2 === 0 ? segments.length - 2 : segments.length - 1] ?? '';
  return `${api.prefix}.${kind}.${verb}`;
}

/** Whether a server that takes an encoded slash for a slash would find another method. */
function isOtherAtSlashes(
  api: ApiModel,
  text: string,
  request: AgentRequest,
  query: Query,
  found: readonly Reading[],
): boolean {
  const own = new Set(found.flatMap(({ methods }) => methods));
  const decoded = text.replaceAll('%2F', '/');
  const others = methodsOf(request).flatMap((method) => readingsOf(api, decoded, method, query));
  return others.some(({ methods, unknown }) => unknown !== undefined || methods.some((one) => !own.has(one)));
}

function needsContent({ method }: AgentRequest, found: readonly Reading[]): boolean {
  if (method === 'GET' || method === 'HEAD') return false;
  return found.some(({ methods }) => methods.every(({ hasUpload, reach }) => !hasUpload && reach !== 'any'));
}

function actionsOf(
  { segments, methods, unknown }: Reading,
  service: string,
  query: Query,
  content: object | 'unknown' | undefined,
): readonly Action[] {
  if (unknown !== undefined)
    return [{ name: unknown, resource: `//${service}/${segments.join('/')}`, reach: 'any' }];
  return methods.flatMap((method) => {
    const resource = resourceOf(method, segments, service, query, content);
    const documents = isOfDocuments(method) && resource !== undefined;
    const found = documents ? documentActions(method.verb ?? '', content, resource) : undefined;
    if (found !== undefined) return found;
    const read = isOfSessions(method) ? spannerPermissions(method.verb ?? '', content) : undefined;
    const permissions = read ?? method.permissions;
    const part = method.isListing ? { part: '' } : {};
    const reach = method.reach === 'any' || content === 'unknown' || resource === undefined;
    const mentioned = mentionedIn(content, query, service, segments).filter((name) => name !== resource);
    const isHeld = resource === undefined && mentioned.length > 0 && isLogged(method);
    const own: Action[] = isHeld
      ? []
      : permissions.map((name) => ({
          name,
          ...(resource !== undefined && { resource }),
          ...part,
          ...(reach && { reach: 'any' as const }),
        }));
    return [...own, ...mentioned.flatMap((other) => permissions.map((name) => ({ name, resource: other })))];
  });
}

function isOfDocuments({ verb = '', permissions: [first = ''] }: Method): boolean {
  return first.startsWith('datastore.entities.') && /^(?:commit|batchWrite|batchGet)$/.test(verb);
}

function isOfSessions({ verb = '', permissions: [first = ''] }: Method): boolean {
  const isStatement = /^(?:executeSql|executeStreamingSql|beginTransaction)$/.test(verb);
  return isStatement && first.startsWith('spanner.databases.');
}

/** Whether the content, and nothing else, names the logs that a method is on. */
function isLogged({ permissions: [first = ''] }: Method): boolean {
  return /^logging\.logEntries\.(?:create|list)$/.test(first);
}

function mentionedIn(
  content: object | 'unknown' | undefined,
  query: Query,
  service: string,
  segments: readonly string[],
): readonly string[] {
  const project = segments[0] === 'projects' ? segments[1] : undefined;
  return [
    ...(typeof content === 'object' ? namesIn(content, service, project) : []),
    ...(query.size === 0 ? [] : namesIn(Object.fromEntries(query), service, project)),
  ];
}

/** Undefined when the request does not say what it is on. */
function resourceOf(
  method: Method,
  segments: readonly string[],
  service: string,
  query: Query,
  content: object | 'unknown' | undefined,
): string | undefined {
  const own = segments.slice(0, segments.length - method.after).join('/');
  if (own === '') {
    const named = oneOf(query, 'parent') ?? oneOf(query, 'name') ?? oneOf(query, 'resource');
    return named === undefined || named === '' ? undefined : `//${service}/${named}`;
  }
  const database = databaseOf(service, content);
  if (database !== undefined) return `//${service}/${own}/databases/${database}`;
  const child = childOf(method, query, content);
  const collection = segments.at(-1) ?? '';
  return child === undefined ? `//${service}/${own}` : `//${service}/${own}/${collection}/${child}`;
}

/** The database of Datastore that the content is for, as over gRPC; undefined for the default one. */
function databaseOf(service: string, content: object | 'unknown' | undefined): string | undefined {
  if (service !== 'datastore.googleapis.com' || typeof content !== 'object') return undefined;
  const id = textAt(content, 'databaseId') ?? '';
  return /^[\w.()-]+$/.test(id) ? id : undefined;
}

function childOf(
  { childQuery, childContent }: Method,
  query: Query,
  content: object | 'unknown' | undefined,
): string | undefined {
  const id = childQuery === undefined ? undefined : oneOf(query, childQuery);
  const own =
    childContent !== undefined && typeof content === 'object' ? textAt(content, childContent) : undefined;
  const found = id ?? own;
  return found !== undefined && /^[^/\s]+$/.test(found) ? found : undefined;
}
