import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Input, Reader, Reading, ReadMessage } from '../../../packages/sidecar/test/fuzz/reading.ts';

const endings = ['complete', 'incomplete', 'refused'] as const;

/** Go's net/http, in a child process; undefined where Go is not installed. */
export function createGoReader(): Reader | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'pai-fuzz-'));
  const program = join(folder, 'read');
  try {
    const cwd = fileURLToPath(new URL('../go', import.meta.url));
    execFileSync('go', ['build', '-o', program, '.'], { cwd, stdio: ['ignore', 'ignore', 'inherit'] });
  } catch (thrown) {
    rmSync(folder, { recursive: true });
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw thrown;
  }
  const version = `net/http of ${execFileSync(program, ['version'], { encoding: 'latin1' })}`;
  const child = spawn(program, [], { stdio: ['pipe', 'pipe', 'inherit'] });
  child.once('spawn', () => rmSync(folder, { recursive: true }));
  const waiting: { count: number; resolve: (readings: Reading[]) => void; reject: (error: Error) => void }[] =
    [];
  let pending: Buffer = Buffer.alloc(0);
  let read: Reading[] = [];
  child.stdout.on('data', (chunk: Buffer) => {
    const bytes = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
    const decoder = createDecoder(bytes);
    for (;;) {
      const reading = decoder.next();
      if (reading === undefined) break;
      read.push(reading);
      if (read.length !== waiting[0]?.count) continue;
      waiting.shift()?.resolve(read);
      read = [];
    }
    pending = bytes.subarray(decoder.position());
  });
  child.once('exit', (code) => {
    for (const { reject } of waiting) reject(new Error(`the Go reader ended with ${code}`));
  });
  return {
    name: 'go',
    version,
    kinds: ['request', 'response'],
    hides: ['order'],
    read: (inputs) =>
      new Promise((resolve, reject) => {
        if (inputs.length === 0) return resolve([]);
        waiting.push({ count: inputs.length, resolve, reject });
        child.stdin.write(encode(inputs));
      }),
    close: () => child.stdin.end(),
  };
}

function encode(inputs: readonly Input[]): Buffer {
  const size = inputs.reduce((sum, { method, text }) => sum + 9 + method.length + text.length, 0);
  const bytes = Buffer.allocUnsafe(size);
  let at = 0;
  const put = (text: string) => {
    at = bytes.writeUInt32BE(text.length, at);
    at += bytes.write(text, at, 'latin1');
  };
  for (const { kind, method, text } of inputs) {
    at = bytes.writeUInt8(kind === 'request' ? 0 : 1, at);
    put(method);
    put(text);
  }
  return bytes;
}

/** Gives the whole answers in `bytes`, and says where they end. */
function createDecoder(bytes: Buffer) {
  let at = 0;
  let start = 0;
  const byte = () => {
    if (at >= bytes.length) throw short;
    at += 1;
    return bytes[at - 1] as number;
  };
  const number = () => {
    if (at + 4 > bytes.length) throw short;
    at += 4;
    return bytes.readUInt32BE(at - 4);
  };
  const text = () => {
    const size = number();
    if (at + size > bytes.length) throw short;
    at += size;
    return bytes.toString('latin1', at - size, at);
  };
  const fields = () => {
    const count = number();
    const list: string[] = [];
    for (let i = 0; i < count * 2; i += 1) list.push(text());
    return list;
  };
  const message = (): ReadMessage => {
    const [start, body] = [text(), text()];
    const isWhole = byte() === 1;
    const end = number();
    return { start, body, isWhole, end, fields: fields(), trailers: fields() };
  };
  return {
    position: () => start,
    next(): Reading | undefined {
      at = start;
      try {
        const ending = endings[byte()] ?? 'refused';
        const reason = text();
        const messages = Array.from({ length: number() }, message);
        start = at;
        return { messages, ending, reason };
      } catch (thrown) {
        if (thrown !== short) throw thrown;
        return undefined;
      }
    },
  };
}

/** More bytes are needed. */
const short = new Error('short');
