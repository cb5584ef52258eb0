import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import { bridgeStdio } from '../src/mcp-bridge.ts';

/** A bridge to a server, and what goes in and comes out. */
async function start(
  transport: 'http' | 'sse',
  answer: (request: IncomingMessage, response: ServerResponse, body: string) => void,
) {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.method ?? '');
    void text(request).then((body) => answer(request, response, body));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const [stdin, stdout] = [new PassThrough(), new PassThrough()];
  const notes: string[] = [];
  const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`);
  const cli = { stdin, stdout, note: (line: string) => void notes.push(line) };
  const bridge = bridgeStdio(cli, { url, transport, headers: {} });
  onTestFinished(async () => {
    stdin.end();
    server.closeAllConnections();
    server.close();
    await bridge.catch(() => {});
  });
  return { bridge, stdin, stdout, asked, notes };
}

const call = '{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"x"}}\n';

test('a call whose answer the server breaks off is answered with an error', async () => {
  const { stdin, stdout } = await start('http', (_, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' }).end(': nothing\n\n');
  });
  stdin.write(call);
  const [line] = await once(stdout, 'data');
  expect(JSON.parse(String(line))).toMatchObject({
    id: 7,
    error: { message: 'the server ended its answer before it was whole' },
  });
});

test('a call that is answered is answered once', async () => {
  const { bridge, stdin, stdout } = await start('http', (_, response, body) => {
    const { id } = JSON.parse(body);
    const message = JSON.stringify({ jsonrpc: '2.0', id, result: {} });
    response.writeHead(200, { 'content-type': 'text/event-stream' }).end(`data: ${message}\n\n`);
  });
  const all = text(stdout);
  stdin.write(call);
  await once(stdout, 'data');
  await new Promise((resolve) => setTimeout(resolve, 100));
  stdin.end();
  await bridge;
  stdout.end();
  expect((await all).trim().split('\n')).toHaveLength(1);
});

test('the rest of an answer is not asked for at once, whatever the server says', async () => {
  const { stdin, asked } = await start('http', (_, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' }).end('id: 1\nretry: 0\ndata\n\n');
  });
  stdin.write(call);
  await new Promise((resolve) => setTimeout(resolve, 700));
  expect(asked).toEqual(['POST']);
});

test('ends with the stream of a server of the older transport', async () => {
  const { bridge, asked } = await start('sse', (_, response) => {
    response
      .writeHead(200, { 'content-type': 'text/event-stream' })
      .end('retry: 0\nevent: endpoint\ndata: /messages\n\n');
  });
  await bridge;
  expect(asked).toEqual(['GET']);
});
