import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import net, { type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

/** Where `clients/mcp/install.sh` lays each package with what it needs. */
export const laid = join(import.meta.dirname, '../../../node_modules/.mcp');

/** The path of a file of a package that was laid, or undefined. */
export function findLaid(place: string, file: string): string | undefined {
  const path = join(laid, place, 'node_modules', file);
  return existsSync(path) ? path : undefined;
}

/** A server in a process of its own. */
export interface McpServer {
  readonly port: number;
  close(): Promise<void>;
}

/** Starts a program of Node's that listens on PORT, or always on `fixed`, and waits until it does. */
export async function startServer(file: string, args: readonly string[], fixed?: number): Promise<McpServer> {
  const port = fixed ?? (await freePort());
  const env = { PATH: process.env['PATH'], PORT: String(port), MCP_PORT: String(port), HOME: '/nonexistent' };
  const child = spawn(process.execPath, [file, ...args], { env, stdio: 'ignore' });
  for (let tries = 0; !(await isOpen(port)); tries += 1) {
    if (tries === 600 || child.exitCode !== null) throw new Error(`${file} does not listen on ${port}`);
    await wait(50);
  }
  return {
    port,
    async close() {
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    },
  };
}

async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await once(server.close(), 'close');
  return port;
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(port, 'localhost');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
