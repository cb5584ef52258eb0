import { checkFor, isPlain, plainCheck } from '@pai/policy';
import fc from 'fast-check';
import { Type } from 'typebox';
import { Check, Default, Errors } from 'typebox/value';
import { describe, expect, test } from 'vitest';
import { documentSchemas } from '../src/config.ts';
import { builtinPlugins } from '../src/plugins.ts';
import { demoPlugins } from './demo-plugin.ts';

const builtins = await Promise.all([...builtinPlugins].map(async ([, load]) => (await load()).spec));
const schemas = [...Object.values(documentSchemas), ...builtins];

const usual: Readonly<Record<string, readonly unknown[]>> = {
  string: [
    ...['token', 'a', 'b', 'c', 'd', 'A_1', '123456789012', 'arn:aws:iam::123456789012:role/a'],
    ...[`sha256:${'0'.repeat(64)}`, '2026-01-01T00:00:00Z'],
  ],
  integer: [1, 2, 0, 900],
  boolean: [true, false],
};

/** What is left of a value in JSON. TypeBox puts keys on lists where there should be mappings. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

interface Parts {
  readonly type?: string;
  readonly anyOf?: readonly object[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly items?: object;
  readonly properties?: Readonly<Record<string, object>>;
  readonly patternProperties?: Readonly<Record<string, object>>;
  readonly required?: readonly string[];
}

/** Values that come close to a schema: each part may be right, left out, of another type, or beside the point. */
function near(schema: object): fc.Arbitrary<unknown> {
  return fc.oneof({ weight: 80, arbitrary: right(schema) }, { weight: 1, arbitrary: odd });
}

const odd = fc.oneof(
  fc.constantFrom(null, '', 'é', 'UPPER', '-', '__proto__', 0, -1, 1.5, Number.NaN, true, false),
  // A new one each time: TypeBox fills one object in two places in both.
  fc.constantFrom('[]', '{}').map((text): unknown => JSON.parse(text)),
  fc.string({ unit: 'binary', maxLength: 4 }),
);

function right(schema: Parts): fc.Arbitrary<unknown> {
  const choices = schema.enum ?? ('const' in schema ? [schema.const] : []);
  if (choices.length > 0) return fc.constantFrom(...choices);
  if (schema.anyOf !== undefined) return fc.oneof(...schema.anyOf.map(near));
  if (schema.type === 'array') return fc.array(near(schema.items ?? {}), { maxLength: 3 });
  if (schema.type !== 'object') {
    const values = usual[schema.type ?? ''] ?? ['x'];
    const fitting = values.filter((value) => Check(schema, value));
    return fc.constantFrom<unknown>(...(fitting.length === 0 ? values : [...fitting, ...fitting, ...values]));
  }
  const keys = Object.keys(schema.properties ?? {});
  const known: Record<string, fc.Arbitrary<unknown>> = Object.fromEntries(
    Object.entries(schema.properties ?? {}).map(([key, part]) => [key, near(part)]),
  );
  const requiredKeys = keys.filter((key) => schema.required?.includes(key));
  const whole: fc.Arbitrary<object> = fc.record(known, { requiredKeys });
  const [pattern] = Object.values(schema.patternProperties ?? {});
  const otherKey = fc.constantFrom('token', 'UP.per', 'a b', 'constructor', '', 'toString');
  const others = fc.dictionary(otherKey, pattern === undefined ? odd : near(pattern), { maxKeys: 2 });
  const more = fc.oneof(
    { weight: pattern === undefined ? 20 : 1, arbitrary: fc.constant({}) },
    { weight: 1, arbitrary: others },
  );
  return fc.tuple(whole, more, fc.nat(20)).map(([object, others, dropped]) => {
    const all = Object.entries({ ...object, ...others });
    return Object.fromEntries(all.filter(([key]) => key !== keys[dropped]));
  });
}

describe('the check for plain schemas', () => {
  test.each(schemas.map((schema, i) => [i, schema] as const))('says what TypeBox says: %i', (_, schema) => {
    let fitting = 0;
    fc.assert(
      fc.property(near(schema), (value) => {
        const isFitting = Check(schema, value);
        if (isFitting) fitting += 1;
        expect(plainCheck.fits(schema, value)).toBe(isFitting);
        // The copy that TypeBox makes of a value for a union is without this key, and we leave it in to be refused.
        if (JSON.stringify(value)?.includes('"constructor":')) return;
        const before = structuredClone(value);
        expect(plain(plainCheck.withDefaults(schema, value))).toEqual(
          plain(Default(schema, structuredClone(value))),
        );
        expect(value).toEqual(before);
      }),
      { numRuns: 1_000 },
    );
    // Both answers were compared.
    expect(fitting).toBeGreaterThan(5);
    expect(fitting).toBeLessThan(995);
  });

  test.each([
    [Type.String({ minLength: 1 }), ''],
    [Type.String({ pattern: '^a$' }), 'b'],
    [Type.Integer({ minimum: 1 }), 0],
    [Type.Array(Type.String(), { minItems: 2 }), ['a']],
    [Type.Object({}, { minProperties: 1 }), {}],
    [Type.Enum(['a', 'b']), 'c'],
    [Type.Literal('a'), 'b'],
    [Type.Object({ a: Type.String() }), {}],
  ])('gives the sentence that TypeBox gives: %#', (schema, value) => {
    const { keyword, message } = Errors(schema, value)[0] ?? {};
    expect(plainCheck.misfit(schema, value)).toEqual({ keyword, message });
  });
});

test('the schemas of all that comes with Pai are plain', () => {
  expect(schemas.filter((schema) => !isPlain(schema))).toEqual([]);
});

test.each([
  Type.Intersect([Type.Object({}), Type.Object({})]),
  Type.Union([Type.String(), Type.Null()]),
  Type.String({ minLength: 2 }),
  Type.String({ maxLength: 2 }),
  Type.String({ format: 'email' }),
  Type.Refine(Type.String(), (value) => value === 'a'),
  Type.Number({ multipleOf: 2 }),
  Type.Object({ a: Type.Object({ b: Type.Tuple([Type.String()]) }) }),
  Type.Object({}, { additionalProperties: Type.String() }),
  Type.Object({}, { maxProperties: 1 }),
  Type.Array(Type.String(), { uniqueItems: true }),
  Type.Enum(['a', 'b'], { not: { const: 'a' } }),
  Type.Unsafe<string>({ minLength: 1 }),
  Type.Any({ allOf: [] }),
])('a schema with anything else in it is TypeBox’s to judge: %#', async (schema) => {
  expect(isPlain(schema)).toBe(false);
  expect(await checkFor(schema)).not.toBe(plainCheck);
});

test('a type of a third party may say more than plain schemas do', async () => {
  const [load] = demoPlugins.values();
  const spec = (await load?.())?.spec ?? {};
  const check = await checkFor(spec);
  expect(check).not.toBe(plainCheck);
  const value = { type: 'demo', host: 'a', auth: { type: 'bearer', secretRef: 's' } };
  expect(check.fits(spec, value)).toBe(true);
  expect(check.fits(spec, { ...value, auth: {} })).toBe(false);
});
