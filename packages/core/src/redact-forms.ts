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
    value.replace(pattern, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
const percentEvery =
  (pattern: RegExp): Encode =>
  (value) =>
    value.replace(pattern, (character) =>
      encodeURIComponent(character).replace(/^.$/, (one) => `%${upper(hex(one))}`),
    );

/** What Go and Ruby, .NET, and cautious writers escape in JSON beside what they must. */
const jsonWriters: readonly Encode[] = [
  inJson,
  (value) => inJson(value).replaceAll('/', '\\/'),
  (value) => escapeEvery(/[<>&]/g)(inJson(value)),
  (value) => upperEscapes(escapeEvery(/[<>&'+`]/g)(inJson(value).replaceAll('\\"', '\\u0022'))),
  escapeEvery(/./gs),
  (value) => upperEscapes(escapeEvery(/./gs)(value)),
];

/** What `encodeURI`, `encodeURIComponent`, RFC 3986 and forms escape in URLs, and everything. */
const urlWriters: readonly Encode[] = [
  encodeURI,
  encodeURIComponent,
  percentEvery(/[^\w.~-]/gu),
  (value: string) => percentEvery(/[^\w.* -]/gu)(value).replaceAll(' ', '+'),
  percentEvery(/./gsu),
].flatMap((write): Encode[] => [write, (value) => lowerPercents(write(value))]);

const htmlWriters: readonly Encode[] = ['&#39;', '&#x27;', '&apos;'].map(
  (quote) => (value) =>
    value
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')
      .replaceAll('"', '&quot;')
      .replaceAll("'", quote),
);

/** The characters of base64 that depend on `value` alone when `offset` bytes stand before it (RFC 4648). */
const base64After =
  (offset: number): Encode =>
  (value) => {
    const bytes = Buffer.concat([Buffer.alloc(offset), Buffer.from(value)]);
    return bytes.toString('base64').slice(offset === 0 ? 0 : offset + 1, Math.floor((bytes.length * 8) / 6));
  };

const base64Writers: readonly Encode[] = [0, 1, 2]
  .map(base64After)
  .flatMap((write): Encode[] => [
    write,
    (value) => write(value).replaceAll('+', '-').replaceAll('/', '_'),
    (value) => write(value).replaceAll('/', '\\/'),
    (value) => write(value).replaceAll('+', '%2B').replaceAll('/', '%2F'),
    (value) => write(value).replaceAll('+', '%2b').replaceAll('/', '%2f'),
  ]);

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
