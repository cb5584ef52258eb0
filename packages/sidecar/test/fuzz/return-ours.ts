import { requestHost } from './make-request.ts';
import { type Input, piecesOf } from './reading.ts';
import { createSidecarInMemory, createSocketInMemory, giveUpLate } from './sidecar-in-memory.ts';

/** What an agent got. */
export interface Returned {
  /** Every byte that was written to the agent. */
  readonly text: string;
  /** Its connection did not end. */
  readonly isStuck: boolean;
}

/** Answers the request of an agent with `input`, a response, and closes the service's connection. */
export function returnWithOurs(input: Input): Promise<Returned> {
  const { promise, resolve } = Promise.withResolvers<Returned>();
  let text = '';
  const sidecar = createSidecarInMemory({
    onForward: () => {},
    connect() {
      const service = createSocketInMemory(() => {});
      for (const piece of piecesOf(input)) service.push(piece);
      service.push(null);
      return service;
    },
  });
  const agent = createSocketInMemory((chunk) => {
    text += chunk.toString('latin1');
  });
  const finish = (isStuck: boolean) => {
    stopWaiting();
    agent.destroy();
    sidecar.close();
    resolve({ text, isStuck });
  };
  const stopWaiting = giveUpLate(() => finish(true));
  agent.once('close', () => finish(false)).once('finish', () => void agent.push(null));
  sidecar.accept(agent);
  agent.push(`${input.method} / HTTP/1.1\r\nHost: ${requestHost}\r\nConnection: close\r\n\r\n`);
  return promise;
}
