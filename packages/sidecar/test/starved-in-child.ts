import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { createAgentServers } from '../src/agent/servers.ts';
import { createPrograms } from '../src/stdio/programs.ts';

/** Holds every descriptor that this process may have, and gives what lets go of them. */
function takeAll(): () => void {
  const held: number[] = [];
  try {
    for (;;) held.push(openSync('/dev/null', 'r'));
  } catch {
    return () => {
      for (const file of held) closeSync(file);
    };
  }
}

const refusals: string[] = [];
const servers = createAgentServers({
  handle: () => {},
  onMalformed: (_facts, _status, reason) => void refusals.push(reason),
  connectionOf: () => ({ host: undefined, port: 443 }),
  agent: undefined,
});
const server = createServer().listen(0, '127.0.0.1');
await once(server, 'listening');
/** Both ends of a connection that has agreed on HTTP/2. */
const connectPair = async () => {
  const agent = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const [socket] = (await once(server, 'connection')) as [Socket];
  return { agent, socket: Object.assign(socket, { alpnProtocol: 'h2' }) as unknown as TLSSocket };
};
/** What an agent gets: settings, or nothing. */
const serve = async ({ agent, socket }: Awaited<ReturnType<typeof connectPair>>) => {
  const outcome = Promise.race([
    once(agent, 'data').then(() => 'settings'),
    once(agent, 'end').then(() => 'nothing'),
  ]);
  servers.serve(socket);
  return outcome;
};

const [first, second] = [await connectPair(), await connectPair()];
const program = { command: ['true'] as [string], env: {}, maxProcesses: 1 };
const programs = createPrograms({ home: '/nowhere', namespace: 'default', agent: 'one', log: () => {} });
const give = takeAll();
programs.follow([{ name: 'tools', provider: { program } } as never], { npm: ['some-server'] });
const starved = await serve(first);
programs.follow([], undefined);
give();
const later = await serve(second);
await programs.close();
console.log(JSON.stringify({ starved, later, refusals }));
process.exit();
