import { escapeUnits } from './json-text.ts';

/** Characters that a credential must have to be searched for: shorter ones stand in innocent text. */
export const shortestSearchable = 8;

/** Characters from which on a word of a file that is a credential (a line of a private key) is one itself. */
const shortestWord = 32;

/**
 * Every way a service could plausibly repeat a credential, as bytes without a line break: as it is, and inside JSON,
 * URLs, HTML, hexadecimal (S3 writes it with spaces) and base64 (with anything before it). Of a file, its long words. None is shorter than 8 bytes.
 */
export function formsOf(credential: string): Buffer[] {
  const forms = new Set<string>();
  for (const value of partsOf(credential)) for (const encode of encodings) forms.add(encode(value));
  return [...forms].map((form) => Buffer.from(form, 'utf8'));
}

/** Whether responses can be searched for a credential. */
export function isSearchable(credential: string): boolean {
  return partsOf(credential).length > 0;
}

function partsOf(credential: string): string[] {
  const value = credential.trim();
  const hasLines = /[\r\n]/.test(value);
  const whole = hasLines || value.length < shortestSearchable ? [] : [value];
  if (!hasLines && !value.startsWith('{')) return whole;
  const words = value.split(/\\[nr]|[\s"',;:{}[\]]+/).filter(({ length }) => length >= shortestWord);
  return [...whole, ...words];
}

type Encode = (value: string) => string;

const inJson: Encode = (value) => JSON.stringify(value).slice(1, -1);
const hex: Encode = (value) => Buffer.from(value).toString('hex');
// as S3 shows the bytes of what it would have signed
const spacedHex: Encode = (value) => hex(value).replace(/..(?!$)/g, '$& ');
const upper: Encode = (text) => text.toUpperCase();
const upperEscapes: Encode = (text) =>
  text.replace(/\\u[0-9a-f]{4}/g, (found) => `\\u${upper(found.slice(2))}`);
const lowerPercents: Encode = (text) => text.replace(/%[0-9A-F]{2}/g, (found) => found.toLowerCase());

const escapeEvery =
  (pattern: RegExp): Encode =>
  (value) =>
    value.replace(pattern, escapeUnits);
const percentEvery =
  (pattern: RegExp): Encode =>
  (value) =>
    value.replace(pattern, (character) =>
      encodeURIComponent(character).replace(/^.$/, (one) => `%${upper(hex(one))}`),
    );

/** What PHP, Go and Ruby, Gson and Google, .NET, and cautious writers escape in JSON beside what they must. */
const jsonWriters: readonly Encode[] = [
  inJson,
  (value) => inJson(value).replaceAll('/', '\\/'),
  (value) => escapeEvery(/[<>&]/g)(inJson(value)),
  (value) => escapeEvery(/[<>&=']/g)(inJson(value)),
  (value) => upperEscapes(escapeEvery(/[<>&'+`]/g)(inJson(value).replaceAll('\\"', '\\u0022'))),
  escapeEvery(/./gs),
  (value) => upperEscapes(escapeEvery(/./gs)(value)),
];

/** What `encodeURI`, `encodeURIComponent`, RFC 3986, Python and Go in paths, and forms escape in URLs, and everything. */
const urlWriters: readonly Encode[] = [
  encodeURI,
  encodeURIComponent,
  percentEvery(/[^\w.~-]/gu),
  percentEvery(/[^\w.~/-]/gu),
  percentEvery(/[^\w.~$&+:=@-]/gu),
  (value: string) => percentEvery(/[^\w.* -]/gu)(value).replaceAll(' ', '+'),
  percentEvery(/./gsu),
].flatMap((write): Encode[] => [write, (value) => lowerPercents(write(value))]);

/** What most writers of HTML escape, Go's templates, Handlebars, and Mustache. */
const htmlWriters: readonly Encode[] = [
  { "'": '&#39;' },
  { "'": '&#x27;' },
  { "'": '&apos;' },
  { "'": '&#39;', '"': '&#34;', '+': '&#43;' },
  { "'": '&#x27;', '=': '&#x3D;', '`': '&#x60;' },
  { "'": '&#39;', '=': '&#x3D;', '`': '&#x60;', '/': '&#x2F;' },
].map((own) => {
  const entities: Readonly<Record<string, string>> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    ...own,
  };
  return (value) => value.replace(/[^\w]/g, (character) => entities[character] ?? character);
});

/** The characters of base64 that depend on `value` alone when `offset` bytes stand before it (RFC 4648). */
const base64After =
  (offset: number): Encode =>
  (value) => {
    const bytes = Buffer.concat([Buffer.alloc(offset), Buffer.from(value)]);
    return bytes.toString('base64').slice(offset === 0 ? 0 : offset + 1, Math.floor((bytes.length * 8) / 6));
  };

/** Base64 in URLs, and as the writers above escape the two of its characters that are no letters. */
const base64Writers: readonly Encode[] = [0, 1, 2].map(base64After).flatMap((write) =>
  [
    ['+', '/'],
    ['-', '_'],
    ['+', '\\/'],
    ['\\u002B', '/'],
    ['%2B', '%2F'],
    ['%2b', '%2f'],
    ['%2B', '/'],
    ['&#43;', '/'],
  ].map(
    ([plus = '', slash = '']): Encode =>
      (value) =>
        write(value).replaceAll('+', plus).replaceAll('/', slash),
  ),
);

const encodings: readonly Encode[] = [
  (value) => value,
  ...jsonWriters,
  ...urlWriters,
  ...htmlWriters,
  hex,
  (value) => upper(hex(value)),
  spacedHex,
  (value) => upper(spacedHex(value)),
  ...base64Writers,
];
