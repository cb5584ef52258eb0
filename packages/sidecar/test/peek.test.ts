import { once } from 'node:events';
import net, { type AddressInfo, type Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { peek } from '../src/doors/peek.ts';

async function pair(): Promise<{ near: Socket; far: Socket }> {
  const server = net.createServer({ noDelay: true }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const accepted = once(server, 'connection');
  const far = net.connect({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', noDelay: true });
  const [near] = (await accepted) as [Socket];
  onTestFinished(() => {
    far.destroy();
    near.destroy();
    server.close();
  });
  near.on('error', () => {});
  far.on('error', () => {});
  return { near, far };
}

/** Wants six bytes, and refuses what begins with `!`. */
function six(bytes: Buffer): { text: string } | number {
  if (bytes[0] === 0x21) throw new Error('refused');
  return bytes.length < 6 ? 6 : { text: bytes.toString('latin1', 0, 6) };
}

async function readAll(socket: Socket): Promise<string> {
  let text = '';
  for await (const chunk of socket) text += String(chunk);
  return text;
}

test('gives what it saw, and leaves every byte to who comes next', async () => {
  const { near, far } = await pair();
  const looking = peek(near, six);
  for (const byte of 'hello world') {
    far.write(byte);
    await new Promise(setImmediate);
  }
  expect(await looking).toEqual({ text: 'hello ' });
  expect(await peek(near, (bytes) => ({ first: bytes[0] }))).toEqual({ first: 0x68 });
  far.end('!');
  expect(await readAll(near)).toBe('hello world!');
});

test.each([
  ['what is refused', '!', (_far: Socket) => {}, 'refused'],
  [
    'a connection that ends too early',
    'hell',
    (far: Socket) => void far.end(),
    'ended before its first message',
  ],
  ['a connection that breaks', 'hell', (far: Socket) => void far.resetAndDestroy(), 'ended before its first'],
  ['a first message that never ends', 'hell', (_far: Socket) => {}, 'did not send its first message in time'],
])('rejects for %s', async (_name, text, then, message) => {
  const { near, far } = await pair();
  const looking = peek(near, six, 150);
  const rejected = expect(looking).rejects.toThrow(message);
  far.write(text, () => then(far));
  await rejected;
});

test.each([
  ['ends', (far: Socket) => void far.end()],
  ['waits', (_far: Socket) => {}],
])('gives nothing of a connection that says nothing and %s', async (_name, then) => {
  const { near, far } = await pair();
  then(far);
  expect(await peek(near, six, 50)).toBeUndefined();
});
