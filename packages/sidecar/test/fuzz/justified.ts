import { METHODS } from 'node:http';
import type { Difference } from './compare.ts';

/** A difference that is right, and why. */
export interface Justified {
  readonly reader: string;
  readonly what: string;
  readonly section: string;
  /** Of the sentence that says the difference. */
  readonly said: RegExp;
  /** Of the start line that ours took. */
  readonly start: RegExp;
}

/** Methods that llhttp has in HTTP/1.1: some of its list belong to RTSP, ICE or HTTP/2. */
const known = METHODS.filter((name) => name !== 'SOURCE' && name !== 'PRI');

/** Where ours takes what another reader refuses, or reads otherwise. */
export const justified: readonly Justified[] = [
  {
    reader: 'llhttp',
    what: 'a method that is not in its list; a method is any token, and one that no policy names is denied',
    section: 'RFC 9110 section 9.1',
    said: /not taken: refused HPE_INVALID_(?:METHOD|CONSTANT Invalid method|VERSION Expected HTTP\/2 Connection Preface)/,
    start: new RegExp(`^(?!(?:${known.join('|')}) )`),
  },
  {
    reader: 'go',
    what: 'a percent sign without two digits in a target, which Pai keeps as it is; reading a path refuses it',
    section: 'RFC 3986 section 2.1',
    said: /not taken: refused parse .* invalid URL escape/,
    start: /%(?![0-9a-f]{2})/i,
  },
  ...['llhttp', 'undici'].map((reader) => ({
    reader,
    what: 'what follows an interim response that has Connection: close; only the final response ends the connection',
    section: 'RFC 9112 section 9.6',
    said: /not taken: refused .*Data after `Connection: close`/,
    start: /^HTTP/,
  })),
  {
    reader: 'undici',
    what: '100 Continue, which it takes for a mistake of the server; a client must take any interim response',
    section: 'RFC 9110 section 15.2',
    said: /not taken: refused bad response/,
    start: / 100$/,
  },
  {
    reader: 'undici',
    what: 'a Content-Length in a 204 or 304, for which it waits; such a response ends with its head',
    section: 'RFC 9112 section 6.3, rule 1',
    said: /^(?:content "" is not whole|not taken: refused Response body length does not match)/,
    start: / (?:204|304)$/,
  },
];

/** Why `difference` is right, if it is. */
export function justify(reader: string, { sentence, message }: Difference): Justified | undefined {
  return justified.find(
    (entry) => entry.reader === reader && entry.said.test(sentence) && entry.start.test(message?.start ?? ''),
  );
}
