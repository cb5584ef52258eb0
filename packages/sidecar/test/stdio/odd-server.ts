import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

interface Message {
  id?: unknown;
  method?: string;
  result?: unknown;
  params?: { name?: string; arguments?: Record<string, unknown>; _meta?: { progressToken?: unknown } };
}

const flags = new Set(process.argv.slice(2));
const write = (text: string) => process.stdout.write(`${text}\n`);
const send = (message: object) => write(JSON.stringify({ jsonrpc: '2.0', ...message }));
const received: string[] = [];
const asked = new Map<unknown, (message: Message) => void>();

if (flags.has('--stubborn')) {
  process.on('SIGTERM', () => {});
  setInterval(() => {}, 1_000);
}
if (flags.has('--fails')) process.exit(7);
if (flags.has('--mute')) setInterval(() => {}, 1_000);
if (flags.has('--banner')) write('Welcome to the odd server!');

/** What each tool does; what it gives is the text of the answer. */
const tools: Record<string, (given: Record<string, unknown>, message: Message) => unknown> = {
  echo: (given) => JSON.stringify(given),
  pid: () => String(process.pid),
  environment: () => JSON.stringify(process.env),
  received: () => JSON.stringify(received),
  secret: (given) => `${given['before'] ?? ''}${process.env['TOKEN']}`,
  crash: () => process.exit(3),
  never: () => undefined,
  garbage: () => {
    write('this is no JSON {');
    write('[1,2]');
    write(`"${process.env['TOKEN']}"`);
    return 'after garbage';
  },
  ambiguous: (_, { id }) => {
    write(`{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":{"tools":[]},"result":{}}`);
  },
  endless: () => {
    const chunk = Buffer.alloc(1 << 20, 'x');
    for (let i = 0; i < 20; i += 1) process.stdout.write(chunk);
  },
  flood: () => {
    for (let i = 0; i < 2_000; i += 1) process.stderr.write(`noise ${i} ${process.env['TOKEN']}\n`);
    return 'flooded';
  },
  fork: () => {
    const child = spawn(
      process.execPath,
      ['-e', 'process.on("SIGTERM", () => {}); setInterval(() => {}, 1000)'],
      {
        stdio: 'ignore',
      },
    );
    return String(child.pid);
  },
  notes: (given) => {
    for (let i = 0; i < Number(given['count']); i += 1) {
      send({
        method: 'notifications/message',
        params: { level: 'info', data: `${i} ${given['pad'] ?? ''}` },
      });
    }
    return 'noted';
  },
  later: (given, { id }) => {
    setTimeout(() => answer(id, 'late'), Number(given['ms']));
  },
  afterwards: () => {
    setTimeout(
      () => send({ method: 'notifications/message', params: { level: 'info', data: 'unasked' } }),
      50,
    );
    return 'now';
  },
  progress: (_, { params }) => {
    const progressToken = params?._meta?.progressToken;
    for (const progress of [1, 2])
      send({ method: 'notifications/progress', params: { progressToken, progress } });
    return 'done';
  },
  ask: (given, { id }) => {
    asked.set('question', ({ result }) => answer(id, JSON.stringify(result)));
    send({ id: 'question', method: String(given['method']), params: given['params'] ?? {} });
  },
};

function answer(id: unknown, text: unknown): void {
  send({ id, result: { content: [{ type: 'text', text }] } });
}

createInterface({ input: process.stdin }).on('line', (line) => {
  received.push(line);
  if (flags.has('--mute')) return;
  const message = JSON.parse(line) as Message;
  const { id, method, params } = message;
  if (method === undefined) return asked.get(id)?.(message);
  if (id === undefined) return;
  if (method === 'initialize') {
    const result = {
      protocolVersion: '2025-06-18',
      capabilities: { tools: {}, logging: {} },
      serverInfo: { name: 'odd', version: '1' },
    };
    return send({ id, result });
  }
  if (method === 'tools/list') {
    const listed = Object.keys(tools).map((name) => ({ name, inputSchema: { type: 'object' } }));
    return send({ id, result: { tools: listed } });
  }
  if (method !== 'tools/call') return send({ id, error: { code: -32_601, message: 'Method not found' } });
  const text = tools[params?.name ?? '']?.(params?.arguments ?? {}, message);
  if (text !== undefined) answer(id, text);
});
