import type { PaiError } from '@pai/core';
import { compileAt, configInvalid, unusable } from './invalid.ts';
import { assertPathPattern, isOrdinaryPath } from './path-glob.ts';
import type { PolicySpec } from './schema.ts';

/** One rule of `policy.httpRules`. */
export type HttpRule = NonNullable<PolicySpec['httpRules']>[number];

/** Throws `config_invalid`, naming the place, for a rule with an unusable method or path. */
export function assertRules(rules: readonly HttpRule[]): void {
  rules.forEach(assertRule);
}

function assertRule({ methods = everything, paths = everything }: HttpRule, index: number): void {
  // Nearly every rule, of fifty thousand at a start.
  const isOrdinary = methods.every((method) => isMethod.test(method)) && paths.every(isOrdinaryPath);
  if (isOrdinary && methods.length > 0 && paths.length > 0) return;
  const place = `policy.httpRules[${index}]`;
  if (methods.length === 0) throw emptyList(`${place}.methods`, 'method');
  if (paths.length === 0) throw emptyList(`${place}.paths`, 'path');
  for (const [i, method] of methods.entries()) compileAt(`${place}.methods[${i}]`, () => readMethod(method));
  for (const [i, path] of paths.entries()) compileAt(`${place}.paths[${i}]`, () => assertPathPattern(path));
}

/** What a rule without a list says. */
export const everything = ['*'];

const isMethod = /^(?:\*|[A-Za-z][A-Za-z0-9_-]*)$/;

/** A method in upper case. Throws `config_invalid` for what is none. */
export function readMethod(method: string): string {
  if (isMethod.test(method)) return method.toUpperCase();
  throw unusable(method, 'is not an HTTP method', 'write one such as GET, or * for every method');
}

function emptyList(place: string, what: string): PaiError {
  return configInvalid(`${place} is empty, so the rule can fit nothing; remove it to mean every ${what}`);
}
