import fc from 'fast-check';

/** Names and spellings of names that some parser takes for one that a server goes by. */
const keys = [
  ...['jsonrpc', 'id', 'method', 'params', 'name', 'arguments', 'result', 'uri', '_meta'],
  ...[
    'Method',
    'METHOD',
    'Params',
    'Name',
    'NAME',
    'Arguments',
    'argument\u017f',
    'param\u017f',
    'ta\u017fks',
  ],
  ...[
    'name\0',
    'na_me',
    'n\u0061me',
    'me-thod',
    '__proto__',
    'constructor',
    'to\ud800',
    '\ufeffname',
    'path',
    'Path',
  ],
];
const words = [
  'tools/call',
  'Tools/Call',
  'tools/call ',
  'ping',
  'resources/read',
  'read_it',
  'delete_it',
  '2.0',
  '',
  'a b',
];
const odd = [
  '1',
  '1.0',
  '-0',
  '1e2',
  '12345678901234567890',
  'null',
  'true',
  '{}',
  '[]',
  '"\\u0064elete_it"',
  'NaN',
  "'x'",
];

const space = fc.constantFrom('', '', '', '', ' ', '\n', '\t', '\r', '\v', '\u00a0', '/**/');

/** A text as JSON, some of its characters in escapes. */
const string = (value: fc.Arbitrary<string>) =>
  fc.tuple(value, fc.integer({ min: 0, max: 9 })).map(([text, every]) => {
    const escaped = [...text].map((character, i) =>
      every > 6 && i % (every - 5) === 0 ? escapeOf(character) : JSON.stringify(character).slice(1, -1),
    );
    return `"${escaped.join('')}"`;
  });

function escapeOf(character: string): string {
  return [...character.split('')]
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('');
}

const scalar = fc.oneof(string(fc.constantFrom(...words)), fc.constantFrom(...odd));

const members = (value: fc.Arbitrary<string>) =>
  fc
    .array(fc.tuple(string(fc.constantFrom(...keys)), space, value), { maxLength: 4 })
    .map((all) => `{${all.map(([key, gap, inner]) => `${key}${gap}:${inner}`).join()}}`);

const anything = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    scalar,
    members(tie('value')),
    fc.array(tie('value'), { maxLength: 3 }).map((all) => `[${all.join()}]`),
  ),
})).value;

/** A frame as clients write it. */
const honest = fc
  .record({
    method: fc.constantFrom('tools/call', 'tools/call', 'ping', 'resources/read'),
    name: fc.constantFrom('read_it', 'delete_it', 'a'),
    given: fc.dictionary(fc.constantFrom('path', 'id', 'n'), fc.jsonValue({ maxDepth: 1 }), { maxKeys: 3 }),
    id: fc.oneof(fc.integer(), fc.constantFrom('x', '7')),
  })
  .map(({ method, name, given, id }) =>
    JSON.stringify({
      jsonrpc: '2.0',
      id,
      method,
      params: { name, ...(method === 'tools/call' && { arguments: given }) },
    }),
  );

/** The same with something put in, taken out or repeated, so that most of it stays. */
const mutated = fc
  .tuple(
    honest,
    fc.array(fc.tuple(fc.nat(200), fc.nat(6), string(fc.constantFrom(...keys)), scalar), { maxLength: 3 }),
  )
  .map(([text, changes]) => changes.reduce((so, change) => mutate(so, ...change), text));

function mutate(text: string, at: number, kind: number, key: string, value: string): string {
  const places = [...text.matchAll(/[{,]/g)].map(({ index }) => index + 1);
  const place = places[at % Math.max(places.length, 1)] ?? 0;
  const end = text.indexOf(',', place) === -1 ? text.length : text.indexOf(',', place);
  switch (kind) {
    case 0:
      return `${text.slice(0, place)}${key}:${value},${text.slice(place)}`;
    case 1:
      return `${text.slice(0, place)}${text.slice(place, end)},${text.slice(place)}`;
    case 2:
      return `${text.slice(0, place)}${swapCase(text.slice(place, end))},${text.slice(place)}`;
    case 3:
      return `[${text}]`;
    case 4:
      return `${text.slice(0, place)} ${text.slice(place)}`;
    case 5:
      return text.slice(0, at) + text.slice(at + 1);
    default:
      return text.replace(/"(\w)(\w*)"/, (_, first: string, rest: string) => `"${escapeOf(first)}${rest}"`);
  }
}

function swapCase(text: string): string {
  return text.replace(/[a-zA-Z]/, (one) =>
    one === one.toLowerCase() ? one.toUpperCase() : one.toLowerCase(),
  );
}

const built = fc
  .tuple(fc.array(fc.tuple(string(fc.constantFrom(...keys)), anything), { maxLength: 6 }), honest)
  .map(([more, text]) => `${text.slice(0, -1)}${more.map(([key, value]) => `,${key}:${value}`).join('')}}`);

const frameText = fc.oneof(
  { arbitrary: honest, weight: 2 },
  { arbitrary: mutated, weight: 4 },
  { arbitrary: built, weight: 1 },
  { arbitrary: fc.tuple(space, mutated, space).map((all) => all.join('')), weight: 1 },
  { arbitrary: anything, weight: 1 },
);

/** Texts that are, or nearly are, messages of MCP; the same ones for the same seed. */
export function sampleFrameTexts(seed: number, numRuns: number): string[] {
  return fc.sample(frameText, { seed, numRuns });
}
