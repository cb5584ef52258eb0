import { once } from 'node:events';
import net from 'node:net';
import type { Duplex } from 'node:stream';
import tls from 'node:tls';
import type { ApiPod } from '../api-pod.ts';

/** A connection of an agent. */
export interface Way {
  readonly socket: Duplex;
  /** The head of an HTTP/1.1 request; `fields` are whole lines. */
  readonly head: (method: string, path: string, fields?: string) => string;
}

/** Connects through one door. Undefined where the connection was closed meanwhile. */
export type Dial = (protocol: 'http/1.1' | 'h2') => Promise<Way | undefined>;

const host = 'api.example.com';
const head = (method: string, path: string, fields = '') =>
  `${method} ${path} HTTP/1.1\r\nHost: ${host}\r\n${fields}\r\n`;

/** The doors of a sidecar, as agents come in by them. The one for base URLs has no HTTP/2. */
export function waysOf(pod: ApiPod): Readonly<Record<'tls' | 'proxy' | 'baseUrl', Dial>> {
  const secureContext = tls.createSecureContext({ ca: pod.ca });
  const secure = async (socket: net.Socket, protocol: string): Promise<Way | undefined> => {
    const agent = tls.connect({ socket, servername: host, secureContext, ALPNProtocols: [protocol] });
    agent.on('error', () => {});
    await Promise.race([once(agent, 'secureConnect'), closed(agent), closed(socket)]);
    return agent.authorized ? { socket: agent, head } : undefined;
  };
  return {
    tls: async (protocol) => secure(await reach(pod.port), protocol),
    async proxy(protocol) {
      const socket = await reach(pod.proxyPort);
      socket.write(`CONNECT ${host}:443 HTTP/1.1\r\nHost: ${host}:443\r\n\r\n`);
      await Promise.race([once(socket, 'data'), closed(socket)]);
      return secure(socket, protocol);
    },
    async baseUrl() {
      const { baseUrlPort } = pod;
      return {
        socket: await reach(baseUrlPort),
        head: (method, path, fields = '') =>
          `${method} /provider/api${path} HTTP/1.1\r\nHost: 127.0.0.1:${baseUrlPort}\r\n${fields}\r\n`,
      };
    },
  };
}

/** A bare connection to a door. */
export async function reach(port: number): Promise<net.Socket> {
  const socket = net.connect(port, '127.0.0.1').on('error', () => {});
  await Promise.race([once(socket, 'connect'), closed(socket)]);
  return socket;
}

function closed(socket: Duplex): Promise<void> {
  return new Promise((resolve) => socket.once('close', resolve));
}
