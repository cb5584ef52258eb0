import { type Catalogue, createCatalogue } from '@pai/policy';
import { type Container, placeOf } from './containers.ts';
import { nameOperation } from './name.ts';
import { githubRoutes } from './routes.generated.ts';
import type { Method } from './verbs.ts';

/** A listed operation that a request fits. */
export interface ListedOperation {
  /** The segments of the template after the container, `{name}` for a parameter. */
  readonly parts: readonly string[];
  /** The method it is listed under. */
  readonly method: Method;
  readonly parameters: Readonly<Record<string, string>>;
  /** Its name by the naming rule; undefined where it has none. */
  readonly name: string | undefined;
}

/**
 * Finds the listed operation of a path after its container. The first call for a container and a first segment builds
 * that part of the table.
 */
export function findOperation(
  container: Container,
  rest: readonly string[],
  method: Method,
): ListedOperation | undefined {
  const accepts = (route: Route) => listedMethod(route, method) !== undefined;
  const noun = rest[0]?.toLowerCase() ?? '';
  const found =
    catalogueOf(container, noun)?.match(rest, accepts) ?? catalogueOf(container, '')?.match(rest, accepts);
  if (found === undefined) return undefined;
  const { entry, parameters } = found;
  const listed = listedMethod(entry, method) ?? method;
  return { parts: entry.parts, method: listed, parameters, name: nameIn(container, entry, listed) };
}

function nameIn(container: Container, { parts, names }: Route, method: Method): string | undefined {
  if (!names.has(method)) names.set(method, nameOperation(container, parts, method));
  return names.get(method);
}

/** One line of the generated table. */
export interface TableRow {
  readonly template: string;
  /** Letters of the methods on github.com. */
  readonly dotcom: string;
  /** Letters of those that only Enterprise Cloud or Enterprise Server has. */
  readonly enterprise: string;
}

/** The generated table, read anew at every call. */
export function readTable(): readonly TableRow[] {
  return githubRoutes.trim().split('\n').map(rowOf);
}

function rowOf(line: string): TableRow {
  const space = line.indexOf(' ');
  const colon = line.indexOf(':', space);
  return {
    template: line.slice(0, space),
    dotcom: line.slice(space + 1, colon),
    enterprise: line.slice(colon + 1),
  };
}

/** What the letters of the generated table stand for. */
export const methodLetters: Readonly<Record<string, Method>> = {
  G: 'GET',
  P: 'POST',
  U: 'PUT',
  A: 'PATCH',
  D: 'DELETE',
};

/** HEAD is GET; and GitHub takes POST wherever it takes PATCH, for clients that cannot send PATCH. */
function listedMethod({ methods }: Route, method: Method): Method | undefined {
  const listed = method === 'HEAD' ? 'GET' : method;
  if (methods.includes(letterOf.get(listed) ?? '?')) return listed;
  return method === 'POST' && methods.includes('A') ? 'PATCH' : undefined;
}

const letterOf = new Map(Object.entries(methodLetters).map(([letter, method]) => [method, letter]));

interface Route {
  readonly template: string;
  readonly parts: readonly string[];
  readonly methods: string;
  /** Those that have been asked for, by method. */
  readonly names: Map<Method, string | undefined>;
}

/** By container and by first segment; under `''` the rest, which have a parameter there or nothing. */
const catalogues = new Map<Container, Map<string, Catalogue<Route> | undefined>>();

let lowerCase: string | undefined;

/**
 * The routes of a container with one first segment, which beat the rest. All of them at once would take the first request
 * six milliseconds. What no line has is not remembered: agents ask for what they like.
 */
function catalogueOf(container: Container, noun: string): Catalogue<Route> | undefined {
  const known = catalogues.get(container) ?? new Map<string, Catalogue<Route> | undefined>();
  catalogues.set(container, known);
  if (known.has(noun)) return known.get(noun);
  const rows = noun === '' ? readTable() : rowsWith(noun);
  if (rows.length === 0) return undefined;
  const routes = routesOf(rows, container, noun);
  const catalogue = routes.length === 0 ? undefined : createCatalogue(routes);
  known.set(noun, catalogue);
  return catalogue;
}

/** Lines with a static segment, in lower case, anywhere. */
function rowsWith(segment: string): readonly TableRow[] {
  if (segment.startsWith('{')) return [];
  lowerCase ??= githubRoutes.toLowerCase();
  const rows: TableRow[] = [];
  let end = 0;
  for (;;) {
    const at = lowerCase.indexOf(`/${segment}`, end);
    if (at < 0) return rows;
    end = at + 1 + segment.length;
    const next = lowerCase[end];
    if (next !== '/' && next !== ' ') continue;
    end = lowerCase.indexOf('\n', end);
    rows.push(rowOf(githubRoutes.slice(githubRoutes.lastIndexOf('\n', at) + 1, end)));
  }
}

/** The routes of `rows` there. Templates of one shape (`/user/keys`, `/users/{username}/keys`) are one route. */
function routesOf(rows: readonly TableRow[], container: Container, noun: string): readonly Route[] {
  const shapes = new Map<string, Route>();
  for (const row of rows) {
    const place = placeOf(row.template.split('/').filter((part) => part !== ''));
    const { rest } = place;
    if (place.container !== container || nounOf(rest) !== noun) continue;
    const template = rest.join('/');
    const shape = template.replace(/\{[^+}]*/g, '{');
    const known = shapes.get(shape);
    const methods = row.dotcom + row.enterprise + (known?.methods ?? '');
    const parts = known?.parts ?? rest;
    shapes.set(shape, { template: known?.template ?? template, parts, methods, names: new Map() });
  }
  return [...shapes.values()];
}

function nounOf([first = '{']: readonly string[]): string {
  return first.startsWith('{') ? '' : first.toLowerCase();
}
