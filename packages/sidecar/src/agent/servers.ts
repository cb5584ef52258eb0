import { randomUUID } from 'node:crypto';
import type tls from 'node:tls';
import { createOnce } from '../once.ts';
import { type AgentServerOptions, createH1Server } from './h1.ts';
import { factsOf } from './read-request.ts';

/** The servers behind every door, one a protocol. */
export interface AgentServers {
  /** Serves a connection by the protocol it negotiated (ALPN, RFC 7301). */
  serve(socket: tls.TLSSocket): void;
  /** Finishes what is under way and takes nothing new. */
  close(): void;
}

/** HTTP/1.1 at once; HTTP/2 is loaded with the first connection that negotiates it. */
export function createAgentServers(options: AgentServerOptions): AgentServers {
  const h1 = createH1Server(options);
  const { taking } = options.deadlines ?? {};
  const change = taking === undefined ? {} : { stallDeadline: taking };
  const h2 = createOnce(async () => (await import('./h2.ts')).createH2Server(options, change));
  const refuse = (socket: tls.TLSSocket, { code, message }: NodeJS.ErrnoException) => {
    const facts = factsOf(
      { id: randomUUID(), method: '', target: '' },
      options.connectionOf(socket),
      options.agent,
    );
    options.onMalformed(
      facts,
      0,
      `HTTP/2 cannot be served now (${code ?? message}); connect again`,
      'internal',
    );
    socket.destroy();
  };
  return {
    serve(socket) {
      if (socket.alpnProtocol !== 'h2') return h1.accept(socket);
      h2.get()
        .then((server) => server.accept(socket))
        .catch((thrown: NodeJS.ErrnoException) => refuse(socket, thrown));
    },
    close() {
      h1.close();
      void h2.begun().then((server) => server?.close());
    },
  };
}
