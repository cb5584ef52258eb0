import type { Socket } from 'node:net';

/** Bytes that were carried, as the audit event counts them. */
export interface Carriage {
  bytes_in: number;
  bytes_out: number;
}

/** How connections are spliced. */
export interface SpliceOptions {
  readonly carried: Carriage;
  /** Milliseconds without a byte after which both are closed. Default 900,000. */
  readonly idleDeadline?: number | undefined;
  readonly onEnd?: () => void;
}

const defaultIdleDeadline = 15 * 60_000;

/**
 * Carries the bytes of two connections, both ways with backpressure and as they come, and counts them. When one side
 * ends, the other gets what is under way and then ends too; when one breaks or nothing moves, both are cut off. `onEnd`
 * is called once both are closed.
 */
export function splice(
  agent: Socket,
  service: Socket,
  { carried, idleDeadline = defaultIdleDeadline, onEnd }: SpliceOptions,
): void {
  agent.on('data', (chunk: Buffer) => {
    carried.bytes_in += chunk.length;
  });
  service.on('data', (chunk: Buffer) => {
    carried.bytes_out += chunk.length;
  });
  let open = 2;
  const follow = (one: Socket, other: Socket) => {
    one.setTimeout(idleDeadline, () => one.destroy());
    one.on('error', () => other.destroy());
    one.once('close', () => {
      open -= 1;
      if (open === 0) onEnd?.();
      // A side that ended has been read to its end, and its last bytes may still be on their way.
      if (one.readableEnded && !other.writableFinished) other.once('finish', () => other.destroy());
      else other.destroy();
    });
  };
  follow(agent, service);
  follow(service, agent);
  agent.pipe(service).pipe(agent);
}
