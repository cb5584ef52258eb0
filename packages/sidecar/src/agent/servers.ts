import type tls from 'node:tls';
import { type AgentServer, type AgentServerOptions, createH1Server } from './h1.ts';

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
  let loading: Promise<AgentServer> | undefined;
  const { taking } = options.deadlines ?? {};
  const change = taking === undefined ? {} : { stallDeadline: taking };
  const h2 = () => {
    loading ??= import('./h2.ts').then(({ createH2Server }) => createH2Server(options, change));
    return loading;
  };
  return {
    serve(socket) {
      if (socket.alpnProtocol !== 'h2') return h1.accept(socket);
      h2()
        .then((server) => server.accept(socket))
        .catch(() => socket.destroy());
    },
    close() {
      h1.close();
      void loading?.then((server) => server.close());
    },
  };
}
