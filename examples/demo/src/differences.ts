import { auditPrefix } from '@pai/core';
import type { Exchange } from './exchange.ts';
import type { Expectation } from './scenes.ts';

/** What is not as expected, a sentence each; empty when all is. */
export function differences(exchange: Exchange, expected: Expectation): string[] {
  const { status, result, sent, received, audit } = exchange;
  const [event] = audit;
  const real = received.map(({ isRealToken }) => (isRealToken ? 'real token' : 'no real token'));
  const claims: readonly (readonly [string, unknown, unknown])[] = [
    ['status', status, expected.status],
    ['the service saw', real.join(', ') || 'nothing', expected.service],
    ['audit lines', audit.length, expected.audit === undefined ? 0 : 1],
    ['decision', event?.decision, expected.audit?.decision],
    ['rule', event?.rule, expected.audit?.rule],
    ['status in the audit line', event?.status, expected.audit && expected.status],
    ['error in the audit line', event?.error, undefined],
    ['agent sent a placeholder', sent.some((line) => line.includes('pai-placeholder-')), true],
    [
      'message of audit mode',
      event?.message?.startsWith(auditPrefix) ?? false,
      expected.audit?.decision === 'audit',
    ],
  ];
  const wrong = claims
    .filter(([, is, wanted]) => is !== wanted)
    .map(([what, is, wanted]) => `${what}: ${String(is)}, expected ${String(wanted)}`);
  if (!expected.says.test(result)) wrong.push(`the answer does not say ${expected.says.source}`);
  return wrong;
}
