import type { TSchema } from 'typebox';
import { credentialChecks } from './conformance-credential.ts';
import { judgementChecks } from './conformance-judgement.ts';
import { pluginChecks } from './conformance-plugin.ts';
import { type Check, type ConformanceOptions, createSubject } from './conformance-subject.ts';

export { type RequestText, requestFor } from './conformance-request.ts';
export type { ConformanceOptions, Sample } from './conformance-subject.ts';

/** Registers one test; `test` of `node:test`, Vitest and others fit. */
export type RegisterTest = (name: string, run: () => void | Promise<void>) => unknown;

/**
 * Registers a test for each promise that a provider makes to core, to policies and to agents. A provider that passes
 * can be attached like a built-in one.
 */
export function testProvider<const Schema extends TSchema>(
  test: RegisterTest,
  options: ConformanceOptions<Schema>,
): void {
  const subject = createSubject(options as unknown as ConformanceOptions);
  const checks: Check[] = [
    { name: 'is tested with secrets that can be recognised', run: () => assertRecognisable(options.secrets) },
    ...pluginChecks(subject),
    ...judgementChecks(subject),
    ...credentialChecks(subject),
  ];
  for (const { name, run } of checks) test(`${options.plugin.type} ${name}`, run);
}

function assertRecognisable(secrets: Readonly<Record<string, string>>): void {
  for (const [key, value] of Object.entries(secrets)) {
    if (value.length < 8)
      throw new Error(`the secret ${key} is too short to be recognised; use 8 characters or more`);
  }
}
