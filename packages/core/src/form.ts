import { PaiError } from './errors.ts';
import { printable } from './host.ts';

/** More parameters than this are refused: some servers read no more of them (PHP, `max_input_vars`). */
export const mostParameters = 1_000;

/**
 * Every `name=value` of a query or an urlencoded form (WHATWG URL, `application/x-www-form-urlencoded`), decoded, in
 * order. Only `&` separates. Throws `malformed_request` for a broken escape, for what is not UTF-8, for a name with control
 * characters and over `most` of them, all of which servers read in different ways.
 */
export function readForm(text: string, most: number = mostParameters): [name: string, value: string][] {
  const pairs = text.split('&', most + 1);
  if (pairs.length > most) throw tooMany(most);
  return pairs
    .filter((pair) => pair !== '')
    .map((pair) => {
      const mark = pair.indexOf('=');
      const name = decode(mark === -1 ? pair : pair.slice(0, mark));
      if (/[\x00-\x1f\x7f]/.test(name)) {
        throw new PaiError(
          'malformed_request',
          `a parameter is named ${printable(name)}; name it in plain text`,
        );
      }
      return [name, mark === -1 ? '' : decode(pair.slice(mark + 1))];
    });
}

/** The error of a request with over `most` parameters. */
export function tooMany(most: number = mostParameters): PaiError {
  const number = most.toLocaleString('en');
  return new PaiError('malformed_request', `the request has over ${number} parameters; send fewer`);
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    throw new PaiError(
      'malformed_request',
      'a parameter has a broken percent-encoding; encode % as %25, and text as UTF-8',
    );
  }
}
