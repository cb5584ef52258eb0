import { PaiError, type RawHeaders, toPaiError } from '@pai/core';
import type { SpelledRequest } from './explain-request.ts';

/** One line of a requests file. */
export interface RequestLine {
  readonly id: unknown;
  readonly request: SpelledRequest;
  /** Merged over `spec.config`. */
  readonly config: Readonly<Record<string, unknown>> | undefined;
}

/** What is wrong with a line that cannot be read. */
export interface BadLine {
  readonly id: unknown;
  readonly problem: string;
}

/** Reads JSON Lines; empty lines are skipped, and a bad line spoils only itself. */
export function readLines(text: string): readonly (RequestLine | BadLine)[] {
  return text.split('\n').flatMap((line, i) => (line.trim() === '' ? [] : [readLine(line, i + 1)]));
}

function readLine(line: string, number: number): RequestLine | BadLine {
  let id: unknown = null;
  try {
    const value: unknown = JSON.parse(line);
    if (!isRecord(value)) throw bad('is not a JSON object');
    id = value['id'] ?? null;
    const { method, url, headers, body, bodyBase64, config } = value;
    if (typeof method !== 'string') throw bad('has no method (a string)');
    if (typeof url !== 'string') throw bad('has no url (a string)');
    if (body !== undefined && bodyBase64 !== undefined) throw bad('has both body and bodyBase64; give one');
    if (config !== undefined && !isRecord(config)) throw bad('has a config that is not an object');
    return {
      id,
      config,
      request: { method, url, headers: readHeaders(headers), body: readBody(body, bodyBase64) },
    };
  } catch (thrown) {
    return {
      id,
      problem: `line ${number} ${thrown instanceof SyntaxError ? 'is not JSON' : toPaiError(thrown, 'cannot be read').message}`,
    };
  }
}

/** An object of names to a value or several, or a list of `[name, value]`. */
function readHeaders(value: unknown): RawHeaders {
  if (value === undefined) return [];
  const pairs: unknown[] = Array.isArray(value) ? value : isRecord(value) ? Object.entries(value) : [value];
  return pairs.flatMap((pair) => {
    const [name, given] = Array.isArray(pair) ? pair : [];
    const values: unknown[] = Array.isArray(given) ? given : [given];
    if (typeof name !== 'string' || values.some((one) => typeof one !== 'string'))
      throw bad('has headers that are not names with text');
    return values.flatMap((one) => [name, one as string]);
  });
}

/** A body that is not text is sent as the JSON it is. */
function readBody(body: unknown, base64: unknown): Uint8Array | undefined {
  if (base64 !== undefined && typeof base64 !== 'string') throw bad('has a bodyBase64 that is not text');
  if (base64 !== undefined) return Buffer.from(base64, 'base64');
  if (body === undefined || body === null) return undefined;
  return Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function bad(what: string): PaiError {
  return new PaiError('usage', what);
}
