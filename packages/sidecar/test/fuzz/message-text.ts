import type { Random } from './random.ts';

/** Fields that frame nothing: any reader passes them on. */
const plainFields = [
  ['Accept', '*/*'],
  ['accept-encoding', 'gzip, br'],
  ['User-Agent', 'agent/1.0 (test; "quoted")'],
  ['Content-Type', 'application/json; charset=utf-8'],
  ['X-Empty', ''],
  ['x-high', 'caf\xe9 \xff\x80'],
  ['X-Tab', 'a\tb'],
  ['Cookie', 'a=b; c="d"'],
  ['ETag', '"x"'],
  ["!#$%&'*+-.^_`|~09", 'odd name'],
  ['X-Long', 'v'.repeat(60)],
  ['Authorization', 'Bearer placeholder'],
  ['x-colon', ': a:b :'],
  ['Range', 'bytes=0-4'],
  ['If-None-Match', '"a", W/"b"'],
  ['Set-Cookie', 'a=b; Path=/'],
  ['Set-Cookie', 'c=d'],
  ['X_Under', 'score'],
] as const;

const spaces = [': ', ': ', ': ', ':', ':  ', ':\t', ': \t'] as const;
const tails = ['', '', '', '', ' ', '\t'] as const;

/** Some field lines that every reader should take. */
export function plainFieldLines(random: Random): string[] {
  const lines: string[] = [];
  for (let i = random.below(5); i > 0; i -= 1) {
    const [name, value] = random.pick(plainFields);
    lines.push(`${name}${random.pick(spaces)}${value}${random.pick(tails)}`);
  }
  return lines;
}

const contents = [
  'hello',
  '',
  'x',
  '{"a":[1,2]}',
  '\0\x01\xff\r\n\r\n',
  '0\r\n\r\n',
  'GET / HTTP/1.1\r\n\r\n',
  'y'.repeat(40),
] as const;

/** Content of a message. */
export function makeContent(random: Random): string {
  return random.pick(contents);
}

const extensions = ['', '', '', '', ';a', ';a=b', ';name="quoted"', ';a=b;c=d'] as const;
const trailerLines = ['X-Check: abc', 'x-sum:1', 'X-Empty:', 'ETag: "t" '] as const;

/** `content` in the chunked coding, in one or more chunks, with extensions and trailers where chance wants them. */
export function chunk(content: string, random: Random): string {
  let coded = '';
  let rest = content;
  while (rest.length > 0) {
    const size = random.chance(50) ? rest.length : 1 + random.below(rest.length);
    coded += `${spellSize(size, random)}${random.pick(extensions)}\r\n${rest.slice(0, size)}\r\n`;
    rest = rest.slice(size);
  }
  coded += `${random.chance(10) ? '000' : '0'}${random.pick(extensions)}\r\n`;
  if (random.chance(30)) coded += `${random.pick(trailerLines)}\r\n`;
  if (random.chance(10)) coded += `${random.pick(trailerLines)}\r\n`;
  return `${coded}\r\n`;
}

function spellSize(size: number, random: Random): string {
  const hex = size.toString(16);
  if (random.chance(10)) return `0${hex}`;
  return random.chance(10) ? hex.toUpperCase() : hex;
}
