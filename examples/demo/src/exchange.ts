import type { AuditEvent } from '@pai/core';
import { performCall } from './perform-call.ts';
import type { Call } from './scenes.ts';
import type { Received } from './service.ts';
import type { Stage } from './stage.ts';
import { until } from './until.ts';

/** All that is known about one request of the agent. */
export interface Exchange {
  /** The command line of the agent. */
  readonly command: string;
  /** Request line and credential, as the agent sent them. */
  readonly sent: readonly string[];
  /** What the service saw of it; never more than one request. */
  readonly received: readonly Received[];
  readonly status: number;
  /** The content, or the exception, that the agent got. */
  readonly result: string;
  readonly audit: readonly AuditEvent[];
  /** Everything the agent's process wrote. */
  readonly output: string;
}

/** Lets the agent make a request and gathers what each side saw. */
export async function exchange(stage: Stage, call: Call): Promise<Exchange> {
  const services = [stage.github, stage.orders];
  const before = services.map(({ received }) => received.length);
  const auditedBefore = stage.audit().length;
  const done = await performCall(stage, call);
  const isDirect = call.tool === 'curl' && call.through === 'direct';
  const audit = isDirect
    ? []
    : await until('the audit line', () => {
        const lines = stage.audit().slice(auditedBefore);
        return lines.length === 0 ? undefined : lines;
      });
  return {
    ...done,
    audit,
    received: services.flatMap(({ received }, i) => received.slice(before[i])),
  };
}
