import type { Server } from 'node:net';

/** How many connections a door takes. */
export interface Crowd {
  /** Most connections that a door serves at one time. Default 10,000. */
  readonly maxConnections?: number | undefined;
  /** A connection more came and was closed, before a byte of it was read. */
  readonly onCrowded: (limit: number) => void;
}

/** Of `maxConnections`. */
export const defaultMaxConnections = 10_000;

/** Closes connections over the limit as they come, and says so. */
export function limitCrowd(server: Server, { maxConnections, onCrowded }: Crowd): void {
  const limit = maxConnections ?? defaultMaxConnections;
  server.maxConnections = limit;
  server.on('drop', () => onCrowded(limit));
}
