import { createCatalogue } from '@pai/policy';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { placeOf } from '../src/containers.ts';
import { findOperation, methodLetters, readTable } from '../src/routes.ts';

interface Row {
  readonly template: string;
  methods: string;
}

const rows = readTable().map(({ template, dotcom, enterprise }) => ({
  segments: template.split('/').filter((part) => part !== ''),
  methods: dotcom + enterprise,
}));

/** The whole table of a container at once. */
function wholeTableOf(container: string) {
  const shapes = new Map<string, Row>();
  for (const { segments, methods } of rows) {
    const place = placeOf(segments);
    if (place.container !== container) continue;
    const template = place.rest.join('/');
    const shape = template.replace(/\{[^+}]*/g, '{');
    const row = shapes.get(shape) ?? { template, methods: '' };
    row.methods += methods;
    shapes.set(shape, row);
  }
  return createCatalogue([...shapes.values()]);
}

const tables = new Map(
  ['repo', 'org', 'enterprise', 'user', 'team', 'agents', 'root'].map((name) => [name, wholeTableOf(name)]),
);
const words = [...new Set(rows.flatMap(({ segments }) => segments))];
const segment = fc.oneof(
  fc.constantFrom(...words),
  fc.constantFrom(...words).map((word) => word.toUpperCase()),
  fc.constantFrom('', ' ', '\n', '{', '__proto__', 'issues ', 'issue', 'repos g:'),
);
const templates = fc.constantFrom(...rows.map(({ segments }) => segments));
const paths = fc.oneof(templates, fc.array(segment, { maxLength: 7 }));

test('an operation is found in a part of the table as it is in the whole', () => {
  fc.assert(
    fc.property(paths, fc.constantFrom(...Object.entries(methodLetters)), (path, [letter, method]) => {
      const { container, rest } = placeOf(path);
      const accepts = ({ methods }: Row) =>
        methods.includes(letter) || (method === 'POST' && methods.includes('A'));
      const expected = tables.get(container)?.match(rest, accepts);
      const found = findOperation(container, rest, method);
      expect(found?.parts.join('/')).toBe(expected?.entry.template);
      expect(found?.parameters).toEqual(expected?.parameters);
    }),
    { numRuns: 5_000 },
  );
});
