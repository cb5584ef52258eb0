const unreserved = /[A-Za-z0-9\-._~]/;

/** What each byte is in a canonical request: itself where RFC 3986 reserves nothing, else its escape in upper case. */
const inQuery: readonly string[] = Array.from({ length: 256 }, (_, byte) => {
  const letter = String.fromCharCode(byte);
  return unreserved.test(letter) ? letter : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
});
const inPath: readonly string[] = inQuery.map((text) => (text === '%2F' ? '/' : text));

const settled = /^[A-Za-z0-9\-._~/]*$/;
const settledInQuery = /^[A-Za-z0-9\-._~]*$/;

/** A raw path (a character a byte) with every byte escaped that is neither unreserved nor a slash; an escape is escaped too. */
export function escapePath(path: string): string {
  if (settled.test(path)) return path;
  let escaped = '';
  for (let i = 0; i < path.length; i += 1) escaped += inPath[path.charCodeAt(i) & 0xff];
  return escaped;
}

/** A raw path decoded once, with `+` as the space that S3 takes it for, and escaped once. */
export function recodePath(path: string): string {
  return settled.test(path) ? path : recode(path, inPath);
}

/** A raw name or value of a query decoded once, with `+` as a space, and escaped once. */
export function recodeQuery(text: string): string {
  return settledInQuery.test(text) ? text : recode(text, inQuery);
}

function recode(text: string, table: readonly string[]): string {
  let recoded = '';
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    const byte = code === 0x25 ? escapedByte(text, i + 1) : undefined;
    if (byte !== undefined) {
      recoded += table[byte];
      i += 2;
    } else recoded += code === 0x2b ? '%20' : table[code & 0xff];
  }
  return recoded;
}

function escapedByte(text: string, at: number): number | undefined {
  const high = hexValue(text.charCodeAt(at));
  const low = hexValue(text.charCodeAt(at + 1));
  return high === undefined || low === undefined ? undefined : high * 16 + low;
}

/** Of a code that may be `NaN`, past the end. */
function hexValue(code: number): number | undefined {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const lower = code | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : undefined;
}
