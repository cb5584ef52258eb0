import type { SourceApi, SourceMethod } from './discovery.ts';
import { type Pattern, patternsOf } from './patterns.ts';
import { type MethodName, permissionsOf } from './permissions.ts';
import { hasOpenReach } from './reach.ts';

/**
 * The versions of an API as text. Two lines stand in front: what stands before the paths (`-` for nothing), and the prefix of
 * the permissions. Then a line for each path: method and numbers of the prefixes (none for all), path,
 * how many of its segments name the resource (empty for all), permissions, marks. `|` stands between fields.
 */
export function encodeApi(versions: readonly SourceApi[]): string {
  const found = versions.flatMap((api) =>
    api.methods.flatMap((method) => patternsOf(method).map((pattern) => lineOf(api, method, pattern))),
  );
  const prefixes = [...new Set(found.map(({ prefix }) => prefix))].sort();
  const lines = new Map<string, Set<number>>();
  for (const { prefix, letter, rest } of found) {
    const line = `${letter}|${rest}`;
    lines.set(line, (lines.get(line) ?? new Set()).add(prefixes.indexOf(prefix)));
  }
  const [permission = ''] = mostOften(found.map(({ own }) => own));
  const body = [...lines].map(([line, at]) => {
    const numbers = at.size === prefixes.length ? '' : [...at].map((n) => n.toString(36)).join('');
    return `${line.slice(0, 1)}${numbers}${line.slice(1)}`;
  });
  if (prefixes.length > 36) throw new Error(`${versions[0]?.name} has ${prefixes.length} prefixes`);
  const head = [prefixes.map((one) => (one === '' ? '-' : one)).join(' '), permission];
  return [...head, ...body.map((line) => line.replace(/\|+$/, '')).sort()].join('\n');
}

function mostOften(texts: readonly string[]): readonly string[] {
  const counts = Map.groupBy(texts, (text) => text);
  return [...counts.keys()].toSorted((a, b) => (counts.get(b)?.length ?? 0) - (counts.get(a)?.length ?? 0));
}

const letters: Readonly<Record<string, string>> = { GET: 'G', POST: 'P', PUT: 'U', PATCH: 'A', DELETE: 'D' };

/** The same API under another name. */
const twins: Readonly<Record<string, string>> = { sql: 'sqladmin' };

function lineOf(api: SourceApi, method: SourceMethod, pattern: Pattern) {
  const { segments, verb, prefix } = pattern;
  const collection = collectionOf(method, pattern);
  const named = collection === undefined ? pattern.named : segments.length - 1;
  const name: MethodName = {
    service: twins[api.name] ?? api.name,
    chain: method.chain,
    method: method.name,
    httpMethod: method.httpMethod,
  };
  const permissions = permissionsOf(name);
  const own = permissions[0]?.split('.')[0] ?? api.name;
  const letter = letters[method.httpMethod];
  if (letter === undefined) throw new Error(`${api.name}: ${method.httpMethod} ${method.path}`);
  const path = `${segments.join('/')}${verb === undefined ? '' : `:${verb}`}`;
  const marks = [
    hasOpenReach(name) ? '!' : '',
    method.uploadPath === undefined ? '' : '^',
    childMark(api, method, collection),
  ];
  const fields = [
    path,
    named === segments.length ? '' : String(named),
    permissions.join('+'),
    marks.join(''),
  ];
  return { prefix, letter, own, rest: fields.join('|') };
}

/** `?topicId`: the query names what is made. `=name`: the content does. `/`: it is a list of what is in the resource. */
function childMark(api: SourceApi, method: SourceMethod, collection: string | undefined): string {
  if (collection === undefined) return '';
  if (method.httpMethod === 'GET') return '/';
  const wanted = `${singularOf(collection)}id`.toLowerCase();
  const parameter = method.query.find((one) => one.toLowerCase() === wanted);
  if (parameter !== undefined) return `?${parameter}`;
  const name = twins[api.name] ?? api.name;
  const field = contentNames[`${name}.${collection}`] ?? contentNames[name];
  return field === undefined ? '' : `=${field}`;
}

/** The last segment, where a method lists what is under it or puts something there. */
function collectionOf({ name, httpMethod }: SourceMethod, { segments, verb }: Pattern): string | undefined {
  const last = segments.at(-1);
  if (last === undefined || last.startsWith('*') || verb !== undefined) return undefined;
  const isOne =
    httpMethod === 'GET' ? name === 'list' : httpMethod === 'POST' && /^(?:create|insert)$/.test(name);
  return isOne ? last : undefined;
}

function singularOf(collection: string): string {
  if (collection.endsWith('ies')) return `${collection.slice(0, -3)}y`;
  if (/(?:ss|x|ch|sh)es$/.test(collection)) return collection.slice(0, -2);
  return collection.replace(/s$/, '');
}

/** Where the content of a request that makes something names it. */
const contentNames: Readonly<Record<string, string>> = {
  compute: 'name',
  sqladmin: 'name',
  deploymentmanager: 'name',
  'dns.managedZones': 'name',
  'dns.policies': 'name',
  'bigquery.datasets': 'datasetReference.datasetId',
  'bigquery.tables': 'tableReference.tableId',
  'bigquery.routines': 'routineReference.routineId',
  'container.clusters': 'cluster.name',
  'container.nodePools': 'nodePool.name',
  'iam.roles': 'roleId',
  'spanner.instances': 'instanceId',
  'bigtableadmin.instances': 'instanceId',
  'bigtableadmin.tables': 'tableId',
};
