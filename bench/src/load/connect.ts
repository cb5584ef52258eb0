import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import net from 'node:net';
import tls from 'node:tls';
import type { Target } from './protocol.ts';

const contexts = new Map<string, tls.SecureContext>();

/** A verified TLS connection after a full handshake. Rejects when there is none. */
export async function connect(
  { port, host, caFile, connectTo }: Pick<Target, 'port' | 'host' | 'caFile' | 'connectTo'>,
  alpn?: readonly string[],
): Promise<tls.TLSSocket> {
  const socket = net.connect({ host: '127.0.0.1', port, noDelay: true });
  try {
    if (connectTo !== undefined) await openTunnel(socket, connectTo);
    const secure = tls.connect({
      socket,
      servername: host,
      secureContext: contextOf(caFile),
      ...(alpn !== undefined && { ALPNProtocols: [...alpn] }),
    });
    await once(secure, 'secureConnect');
    return secure;
  } catch (thrown) {
    socket.destroy();
    throw thrown;
  }
}

/** What trusts the CA in a file; made once a file. */
function contextOf(caFile: string): tls.SecureContext {
  const known = contexts.get(caFile) ?? tls.createSecureContext({ ca: readFileSync(caFile) });
  contexts.set(caFile, known);
  return known;
}

async function openTunnel(socket: net.Socket, connectTo: string): Promise<void> {
  socket.write(`CONNECT ${connectTo} HTTP/1.1\r\nhost: ${connectTo}\r\n\r\n`);
  const [answer] = (await once(socket, 'data')) as [Buffer];
  const text = answer.toString('latin1');
  if (!text.startsWith('HTTP/1.1 200 ') || !text.endsWith('\r\n\r\n'))
    throw new Error(`CONNECT was answered: ${text}`);
}
