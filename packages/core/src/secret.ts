import { inspect } from 'node:util';
import { PaiError } from './errors.ts';

/**
 * A credential that can be carried, logged and serialised without being shown. Only `reveal()` gives the value; every
 * other view of it is `[secret NAME]`.
 */
export class Secret {
  /** What people call it, e.g. `github-pat/token`. Not confidential. */
  readonly name: string;
  readonly #value: string;

  /** Throws `secret_invalid`, naming the secret only, when the value is empty or has a CR, LF, NUL or non-ASCII character. */
  constructor(name: string, value: string, options: { multiline?: boolean } = {}) {
    const problem = problemOf(value, options.multiline ?? false);
    if (problem !== undefined) throw new PaiError('secret_invalid', `secret ${name} ${problem}`);
    this.name = name;
    this.#value = value;
  }

  /** The value. Call it where the credential is written, and nowhere earlier. */
  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return `[secret ${this.name}]`;
  }

  toJSON(): string {
    return this.toString();
  }

  [inspect.custom](): string {
    return this.toString();
  }
}

function problemOf(value: string, multiline: boolean): string | undefined {
  if (value.trim() === '') return 'is empty; give it a value';
  if (value.includes('\0')) return 'contains a NUL byte; store the credential alone';
  if (multiline) return undefined;
  if (/[\r\n]/.test(value))
    return 'contains a line break; store the credential alone, without a newline at its end';
  if (!/^[\x20-\x7e]+$/.test(value))
    return 'contains characters that no HTTP header can carry; use printable ASCII';
  return undefined;
}

/** How a key of a Secret is read. */
export interface SecretReadOptions {
  /** The value may have line breaks: a private key, a file. Default false. */
  readonly multiline?: boolean;
  /** The value only names something, such as a tenant or an account, so that responses may show it. Default false. */
  readonly isIdentifier?: boolean;
}

/** The keys of the one Secret a Provider may read. Everything it gives is looked for in responses, and masked there. */
export interface SecretReader {
  /** Throws `secret_missing` when the key is not there and `secret_invalid` when its value cannot be a credential. */
  read(key: string, options?: SecretReadOptions): Secret;
  /**
   * A credential that was made from stored ones, such as a token they were exchanged for; concealed like them. Of each
   * `name` the last few are remembered. Throws `secret_invalid` when `value` cannot be a credential.
   */
  derive(name: string, value: string): Secret;
}
