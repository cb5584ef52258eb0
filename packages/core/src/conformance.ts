import type { TSchema } from 'typebox';
import { authorityAttacks } from './conformance-authority.ts';
import { type Attack, type Check, tallyAttack } from './conformance-case.ts';
import { conflictAttacks } from './conformance-conflict.ts';
import { contentAttacks } from './conformance-content.ts';
import { credentialChecks } from './conformance-credential.ts';
import { injectionAttacks } from './conformance-injection.ts';
import { judgementChecks } from './conformance-judgement.ts';
import { longerPathAttacks } from './conformance-longer-path.ts';
import { methodAttacks } from './conformance-method.ts';
import { misuseAttacks } from './conformance-misuse.ts';
import { pathAttacks } from './conformance-path.ts';
import { pluginChecks } from './conformance-plugin.ts';
import { type ConformanceReport, createReport, formatFailure } from './conformance-report.ts';
import { steadinessAttacks } from './conformance-steady.ts';
import { type ConformanceOptions, createSubject, type Subject } from './conformance-subject.ts';

export type { Failure, Group } from './conformance-case.ts';
export { type ConformanceReport, formatReport, type GroupScore } from './conformance-report.ts';
export { type RequestText, requestFor } from './conformance-request.ts';
export type { ConformanceOptions, Sample } from './conformance-subject.ts';

/** Registers one test; `test` of `node:test`, Vitest and others fit. */
export type RegisterTest = (name: string, run: () => void | Promise<void>) => unknown;

/**
 * Registers a test for each promise that a provider makes to core, to policies and to agents, and one for each kind of
 * attack on them, made from the samples. A provider that passes can be attached like a built-in one.
 */
export function testProvider<const Schema extends TSchema>(
  test: RegisterTest,
  options: ConformanceOptions<Schema>,
): void {
  const subject = createSubject(options as unknown as ConformanceOptions);
  const { type } = options.plugin;
  for (const { name, run } of checksOf(subject)) test(`${type} ${name}`, run);
  for (const attack of attacksOf(subject)) {
    test(`${type} ${attack.name}`, async () => {
      const { failures } = await tallyAttack(attack);
      if (failures.length === 0) return;
      const [shown, left] = [failures.slice(0, mostShown), failures.length - mostShown];
      const more = left > 0 ? [`\nand ${left} more`] : [];
      throw new Error([...shown.flatMap(formatFailure), ...more].join('\n'));
    });
  }
}

/** Runs what `testProvider` registers, without a test runner. Never throws: what goes wrong is in the report. */
export function runConformance<const Schema extends TSchema>(
  options: ConformanceOptions<Schema>,
): Promise<ConformanceReport> {
  const subject = createSubject(options as unknown as ConformanceOptions);
  return createReport(options.plugin.type, checksOf(subject), attacksOf(subject));
}

const mostShown = 10;

function checksOf(subject: Subject): readonly Check[] {
  const { secrets } = subject.options;
  return [
    { name: 'is tested with secrets that can be recognised', run: () => assertRecognisable(secrets) },
    ...pluginChecks(subject),
    ...judgementChecks(subject),
    ...credentialChecks(subject),
  ];
}

function attacksOf(subject: Subject): readonly Attack[] {
  return [
    ...authorityAttacks(subject),
    ...pathAttacks(subject),
    ...longerPathAttacks(subject),
    ...conflictAttacks(subject),
    ...contentAttacks(subject),
    ...methodAttacks(subject),
    ...misuseAttacks(subject),
    ...injectionAttacks(subject),
    ...steadinessAttacks(subject),
  ];
}

function assertRecognisable(secrets: Readonly<Record<string, string>>): void {
  for (const [key, value] of Object.entries(secrets)) {
    if (value.length < 8)
      throw new Error(`the secret ${key} is too short to be recognised; use 8 characters or more`);
  }
}
