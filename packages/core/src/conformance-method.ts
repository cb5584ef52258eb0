import assert from 'node:assert/strict';
import type { Attack, Case } from './conformance-case.ts';
import {
  attackSamples,
  type Base,
  isSame,
  partsOf,
  type Reader,
  shownActions,
} from './conformance-reading.ts';
import type { RequestText } from './conformance-request.ts';
import type { Subject } from './conformance-subject.ts';
import type { Action } from './decision.ts';

/** Methods that a server may act by, other than the one that was judged. A type without actions judges none. */
export function methodAttacks(subject: Subject): Attack[] {
  const { plugin, samples } = subject.options;
  return [
    attackSamples(subject, 'parameters', 'overlooks no method that the query asks for', (reader, base) =>
      overrides(base).map((variant) => caseOf(reader, variant, async () => base.actions)),
    ),
    attackSamples(subject, 'headers', 'takes no other method for the one of a sample', (reader, base) =>
      plugin.hasNoActions === true
        ? []
        : otherMethods(base, samples).map((variant) =>
            caseOf(reader, variant, () => gentlestOf(reader, base)),
          ),
    ),
  ];
}

type Variant = readonly [what: string, request: RequestText];

function caseOf(reader: Reader, [what, request]: Variant, unwanted: () => Promise<readonly Action[]>): Case {
  return {
    request,
    what,
    run: async () => {
      const resolution = await reader.read(request);
      if (resolution === undefined) return false;
      const actions = await unwanted();
      assert.ok(!isSame(resolution, actions), `it is read as ${shownActions(actions)}, whatever the method`);
      return true;
    },
  };
}

/** What a GET does there. A provider may well have one action for all that is none. */
async function gentlestOf(reader: Reader, { sample, actions }: Base): Promise<readonly Action[]> {
  const resolution = await reader.read({ ...sample, method: 'GET' });
  return resolution !== undefined && 'actions' in resolution ? resolution.actions : actions;
}

/** As Rails, Express and Symfony read it: https://expressjs.com/en/resources/middleware/method-override.html. */
function overrides({ sample }: Base): Variant[] {
  const { origin, path, query } = partsOf(sample.url);
  const method = sample.method === 'DELETE' ? 'PUT' : 'DELETE';
  const pairs = [`_method=${method}`, `%5Fmethod=${method}`, `_METHOD=${method.toLowerCase()}`];
  const own = query === undefined || query === '' ? [] : [query];
  const queries = [
    ...pairs.map((pair) => [...own, pair].join('&')),
    ...own.map((rest) => `${pairs[0]}&${rest}`),
  ];
  return queries.map((search) => [
    `the query ${search.slice(0, 80)}`,
    { ...sample, url: `${origin}${path}?${search}` },
  ]);
}

/** What a sample of the same path tells of a method is no guess. */
function otherMethods({ sample }: Base, samples: readonly RequestText[]): Variant[] {
  const { path } = partsOf(sample.url);
  const { method = 'GET' } = sample;
  const told = samples.filter(({ url }) => partsOf(url).path === path).map((one) => one.method ?? 'GET');
  const changing = method === 'GET' || method === 'HEAD' ? ['PUT', 'PATCH', 'DELETE'] : ['PATCH', 'DELETE'];
  return [...changing, 'PROPFIND', 'CONFORMANCE']
    .filter((other) => other !== method && !told.includes(other))
    .map((other) => [`${other} for ${method}`, { ...sample, method: other }]);
}
