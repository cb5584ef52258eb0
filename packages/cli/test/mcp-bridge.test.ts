import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { runCli } from '../src/cli.ts';
import { bridgeStdio } from '../src/mcp-bridge.ts';
import { createDesk } from './pai.ts';

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

test('nothing overtakes the messages that open a session', async () => {
  const seen: string[] = [];
  const { stdin, stdout } = await start('http', (request, response, body) => {
    if (request.method === 'GET') return void response.writeHead(405).end();
    const { id, method } = JSON.parse(body);
    seen.push(`${method} in ${request.headers['mcp-session-id']}`);
    setTimeout(() => {
      seen.push(`${method} done`);
      if (id === undefined) return void response.writeHead(202).end();
      const head = { 'content-type': 'application/json', 'mcp-session-id': 's1' };
      response.writeHead(200, head).end(JSON.stringify({ jsonrpc: '2.0', id, result: {} }));
    }, 50);
  });
  const params = { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'c', version: '1' } };
  stdin.write(`${JSON.stringify({ jsonrpc: '2.0', id: 0, method: 'initialize', params })}\n`);
  stdin.write(`${JSON.stringify({ jsonrpc: '2.0', method: 'notifications/initialized' })}\n${call}`);
  let out = '';
  for await (const bytes of stdout) {
    out += bytes;
    if (out.includes('"id":7')) break;
  }
  expect(seen).toEqual([
    'initialize in undefined',
    'initialize done',
    'notifications/initialized in s1',
    'notifications/initialized done',
    'tools/call in s1',
    'tools/call done',
  ]);
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

test('a gateway that does not answer is named, with what may help', async () => {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  const env = { PAI_ACCESS_KEY: 'pak_x', PATH: process.env['PATH'] };
  const ended = runCli(['mcp', 'x', '--url', 'https://127.0.0.1:2'], { env, stdin, stdout, stderr });
  stdin.write(call);
  const [line] = await once(stdout, 'data');
  const message =
    'no answer from https://127.0.0.1:2 (ECONNREFUSED); start the gateway there, or name its CA with --ca';
  expect(JSON.parse(String(line))).toMatchObject({ id: 7, error: { message } });
  stdin.end();
  expect(await ended).toBe(0);
});

test('pai mcp with the home here opens no port, which others on the machine would reach', async () => {
  const desk = await createDesk();
  const file = join(desk.directory, 'tools.yaml');
  const program = fileURLToPath(new URL('../../sidecar/test/stdio/odd-server.ts', import.meta.url));
  const mcp = JSON.stringify({ transport: 'stdio', command: [process.execPath, program] });
  await writeFile(
    file,
    `apiVersion: pai.io/v1
kind: Provider
metadata: {name: tools}
spec:
  type: mcp
  mcp: ${mcp}
  policy: {mcp: {deniedTools: [crash]}}
`,
  );
  await desk.pai(['apply', '-f', file]);
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  const ports = () => process.getActiveResourcesInfo().filter((name) => name === 'TCPServerWrap').length;
  const before = ports();
  const env = { PAI_HOME: desk.home, PATH: process.env['PATH'] };
  const ended = runCli(['mcp', 'tools'], { env, stdin, stdout, stderr });
  const ask = async (id: number, method: string, params: object) => {
    stdin.write(`${JSON.stringify({ jsonrpc: '2.0', id, method, params })}\n`);
    const [line] = await once(stdout, 'data');
    return JSON.parse(String(line));
  };
  const opening = {
    protocolVersion: '2025-06-18',
    capabilities: {},
    clientInfo: { name: 'x', version: '1' },
  };
  expect(await ask(1, 'initialize', opening)).toMatchObject({ result: { serverInfo: { name: 'odd' } } });
  expect(ports()).toBe(before);
  expect(await ask(2, 'tools/call', { name: 'pid', arguments: {} })).toMatchObject({ id: 2, result: {} });
  expect(await ask(3, 'tools/call', { name: 'crash', arguments: {} })).toMatchObject({
    error: { message: 'Unknown tool: crash' },
  });
  stdin.end();
  expect(await ended).toBe(0);
});
