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

/** Finds the listed operation of a path after its container. The first call for a container builds its part of the table. */
export function findOperation(
  container: Container,
  rest: readonly string[],
  method: Method,
): ListedOperation | undefined {
  const found = catalogueOf(container).match(rest, (route) => listedMethod(route, method) !== undefined);
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
  const lines = githubRoutes.trim().split('\n');
  return lines.map((line) => {
    const space = line.indexOf(' ');
    const colon = line.indexOf(':', space);
    return {
      template: line.slice(0, space),
      dotcom: line.slice(space + 1, colon),
      enterprise: line.slice(colon + 1),
    };
  });
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

let routes: ReadonlyMap<Container, readonly Route[]> | undefined;
const catalogues = new Map<Container, Catalogue<Route>>();

function catalogueOf(container: Container): Catalogue<Route> {
  const known = catalogues.get(container);
  if (known !== undefined) return known;
  routes ??= readRoutes();
  const catalogue = createCatalogue(routes.get(container) ?? []);
  catalogues.set(container, catalogue);
  return catalogue;
}

/** The routes of every container. Templates of one shape (`/user/keys`, `/users/{username}/keys`) are one route. */
function readRoutes(): ReadonlyMap<Container, readonly Route[]> {
  const shapes = new Map<Container, Map<string, Route>>();
  for (const row of readTable()) {
    const { container, rest } = placeOf(partsOf(row.template));
    const ofContainer = shapes.get(container) ?? new Map<string, Route>();
    shapes.set(container, ofContainer);
    const template = rest.join('/');
    const shape = template.replace(/\{[^+}]*/g, '{');
    const known = ofContainer.get(shape);
    const methods = row.dotcom + row.enterprise + (known?.methods ?? '');
    const parts = known?.parts ?? rest;
    ofContainer.set(shape, { template: known?.template ?? template, parts, methods, names: new Map() });
  }
  return new Map([...shapes].map(([container, ofContainer]) => [container, [...ofContainer.values()]]));
}

function partsOf(template: string): string[] {
  return template.split('/').filter((part) => part !== '');
}
