import type { Duplex } from 'node:stream';
import type { AuditEvent } from '@pai/core';

/**
 * Carries the bytes of a connection that switched protocols, both ways with backpressure and as they come, until one
 * side ends. They are counted in `event` and not read.
 */
export function splice(agent: Duplex, service: Duplex, event: AuditEvent): void {
  agent.on('data', (chunk: Buffer) => {
    event.bytes_in += chunk.length;
  });
  service.on('data', (chunk: Buffer) => {
    event.bytes_out += chunk.length;
  });
  agent.pipe(service).pipe(agent);
  for (const [one, other] of [
    [agent, service],
    [service, agent],
  ] as const) {
    one.on('error', () => other.destroy()).once('close', () => other.destroy());
  }
}
