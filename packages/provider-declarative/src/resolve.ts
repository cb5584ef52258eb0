import {
  type Action,
  type ActionResolver,
  findMethodOverride,
  PaiError,
  type Parameter,
  printable,
  type Resolution,
  readPath,
} from '@pai/core';
import { parametersFor } from './parameters-for.ts';
import type { ProviderTypeSpec, RouteSpec } from './schema.ts';
import { createTable, type Found, type Row } from './table.ts';
import { hasEscapedSlash, namesIn } from './template.ts';
import { whyUnclear } from './unclear.ts';
import { asName, textsAt } from './values.ts';

/** More resources than this are not judged. */
const mostActions = 1_000;

/** Names the actions of a request by the routes of a type called `type`. */
export function createResolver(
  type: string,
  spec: Pick<ProviderTypeSpec, 'basePath' | 'routes'>,
): ActionResolver {
  const find = createTable(spec);
  return async (request) => {
    const override = findMethodOverride(request);
    if (override !== undefined) {
      return {
        unresolved: `${override} asks for another method than the routes would judge; send that method`,
      };
    }
    const { segments, text } = readPath(request.path);
    const found = find(request.method, segments);
    const shown = `${request.method} ${printable(text)}`;
    if (found === undefined) {
      const why = segments.some(hasEscapedSlash)
        ? ': only {name:slash} takes a segment with an escaped slash'
        : '';
      return { unresolved: `${shown} is in no route of type ${type}${why}; add one that names it` };
    }
    const doubt = whyUnclear(find, found, request.method, segments);
    if (doubt !== undefined) return { unresolved: `${shown} ${doubt}; send the path in its plain form` };
    const parameters = await parametersFor(found.row, request);
    const route = found.row.routes.find((candidate) => applies(candidate, parameters));
    if (route === undefined) return { unresolved: noneApplies(shown, found.row) };
    return { actions: actionsOf(route, found, parameters) };
  };
}

function applies({ when }: RouteSpec, parameters: readonly Parameter[]): boolean {
  if (when === undefined) return true;
  const texts = textsAt(parameters, when);
  return texts.length === 1 && texts[0] === when.is;
}

function noneApplies(shown: string, { routes }: Row): string {
  const names = [...new Set(routes.flatMap(({ when }) => (when ? `${when.name} in the ${when.in}` : [])))];
  return `${shown} is told apart by ${names.join(', ')}, and no route names what it has there; add one`;
}

function actionsOf(
  route: RouteSpec,
  { values }: Found,
  parameters: readonly Parameter[],
): Extract<Resolution, { actions: unknown }>['actions'] {
  const all = new Map<string, readonly string[]>([...values].map(([name, value]) => [name, [value]]));
  for (const [name, place] of Object.entries(route.from ?? {})) {
    all.set(
      name,
      textsAt(parameters, place).map((text) => asName(text, place.name)),
    );
  }
  const [first, ...others] = [route, ...(route.also ?? [])].map(({ action, resource }) =>
    expand(action, resource, all),
  );
  const [head, ...rest] = [...(first ?? []), ...others.flat()];
  if (head === undefined) return [{ name: route.action, reach: 'any' }];
  if (rest.length >= mostActions) {
    throw new PaiError('malformed_request', `the request names over ${mostActions} resources; send fewer`);
  }
  return [head, ...rest];
}

/** An action for each resource; one that may reach any of them where a value is not there. */
function expand(
  name: string,
  resource: string | undefined,
  values: ReadonlyMap<string, readonly string[]>,
): readonly Action[] {
  if (resource === undefined) return [{ name, reach: 'any' }];
  let texts = [''];
  // Piece by piece, so that nothing in a value is read as a name.
  for (const piece of resource.split(/(\{[^{}]*\})/)) {
    const [key] = namesIn(piece);
    const found = key === undefined ? [piece] : (values.get(key) ?? []);
    if (found.length * texts.length > mostActions) {
      throw new PaiError('malformed_request', `the request names over ${mostActions} resources; send fewer`);
    }
    texts = texts.flatMap((text) => found.map((value) => text + value));
  }
  return texts.length === 0 ? [{ name, reach: 'any' }] : texts.map((text) => ({ name, resource: text }));
}
