import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import https from 'node:https';
import net, { type AddressInfo, type Server } from 'node:net';
import { join } from 'node:path';
import tls from 'node:tls';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { WebSocketServer } from 'ws';
import { type ApiPod, apiToken, serviceIdentity, startApiPod } from './api-pod.ts';

const run = promisify(execFile);
const piece = Buffer.alloc(64 << 10, 'x');
const gibibyte = 1 << 30;
const patient = { timeout: 240_000 };
const waiting = { timeout: 120_000, interval: 100 };

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1', 20_000);
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

async function pour(to: NodeJS.WritableStream, total: number): Promise<void> {
  for (let sent = 0; sent < total; sent += piece.length) if (!to.write(piece)) await once(to, 'drain');
}

/** A service with a path for each load, and the sidecar before it. */
async function startPod() {
  const { identity, certificatePem } = serviceIdentity();
  const streams = new Set<NodeJS.WritableStream>();
  const server = https.createServer(identity, (request, response) => {
    if (request.headers.authorization !== `Bearer ${apiToken}`) return void response.writeHead(401).end();
    if (request.url === '/events') {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: first\n\n');
      return void streams.add(response);
    }
    if (request.url === '/down') {
      response.writeHead(200, { 'content-length': gibibyte });
      return void pour(response, gibibyte).then(() => response.end());
    }
    let bytes = 0;
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
    });
    request.on('end', () => response.end(String(bytes)));
  });
  new WebSocketServer({ server, maxPayload: 1 << 30 }).on('connection', (socket) =>
    socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary })),
  );
  onTestFinished(() => server.closeAllConnections());
  const port = await listen(server);
  const echo = net.createServer((socket) => socket.on('error', () => {}).pipe(socket));
  const at = [`api.example.com=127.0.0.1:${port}`, `echo.example.com=127.0.0.1:${await listen(echo)}`];
  return { pod: await startApiPod(certificatePem, at), streams };
}

async function connect({ port, ca }: ApiPod): Promise<tls.TLSSocket> {
  const socket = tls.connect({
    port,
    host: '127.0.0.1',
    ca,
    servername: 'api.example.com',
    ALPNProtocols: ['http/1.1'],
  });
  socket.on('error', () => {});
  onTestFinished(() => void socket.destroy());
  await once(socket, 'secureConnect');
  return socket;
}

/** Runs `job` so many times, `width` at a time. */
async function times<T>(count: number, width: number, job: (i: number) => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  for (let at = 0; at < count; at += width)
    results.push(
      ...(await Promise.all(Array.from({ length: Math.min(width, count - at) }, (_, i) => job(at + i)))),
    );
  return results;
}

const head = (method: string, path: string, fields = '') =>
  `${method} ${path} HTTP/1.1\r\nHost: api.example.com\r\n${fields}\r\n`;

test('1 GiB goes down and up in flat memory', patient, async () => {
  const { pod } = await startPod();
  const before = pod.resident();
  const down = await connect(pod);
  down.write(head('GET', '/down'));
  let got = 0;
  for await (const chunk of down) {
    got += (chunk as Buffer).length;
    if (got >= gibibyte) break;
  }
  const up = await connect(pod);
  up.write(head('POST', '/up', `Content-Length: ${gibibyte}\r\n`));
  const answered = once(up, 'data');
  await pour(up, gibibyte);
  expect(String((await answered)[0])).toContain(`\r\n${gibibyte}`);
  expect(pod.resident() - before).toBeLessThan(150);
});

test('5,000 event streams wait in little memory, and all hear the next event', patient, async () => {
  const { pod, streams } = await startPod();
  const before = pod.resident();
  let heard = 0;
  await times(5_000, 100, async () => {
    const socket = await connect(pod);
    socket.write(head('GET', '/events'));
    await once(socket, 'data');
    socket.on('data', (chunk: Buffer) => {
      if (chunk.includes('data: second')) heard += 1;
    });
  });
  expect(streams.size).toBe(5_000);
  expect(pod.resident() - before).toBeLessThan(1_000);
  for (const stream of streams) stream.write('data: second\n\n');
  await expect.poll(() => heard, waiting).toBe(5_000);
});

test('1,000 connections at once are all served', patient, async () => {
  const { pod } = await startPod();
  const sockets = await times(1_000, 100, () => connect(pod));
  for (let round = 0; round < 3; round += 1) {
    const answers = sockets.map((socket) => once(socket, 'data'));
    for (const socket of sockets) socket.write(`${head('POST', '/up', 'Content-Length: 5\r\n')}hello`);
    for (const [answer] of await Promise.all(answers)) expect(String(answer)).toContain(' 200 ');
  }
  await expect.poll(() => pod.audit().length, waiting).toBe(3_000);
});

test('2,000 idle tunnels and 100 uploads of 10 MB at once (L8)', patient, async () => {
  const { pod } = await startPod();
  const tunnels = await times(2_000, 100, async () => {
    const socket = net.connect(pod.proxyPort, '127.0.0.1').on('error', () => {});
    onTestFinished(() => void socket.destroy());
    socket.write('CONNECT echo.example.com:443 HTTP/1.1\r\nHost: echo.example.com:443\r\n\r\n');
    expect(String((await once(socket, 'data'))[0])).toContain(' 200 ');
    return socket;
  });
  const before = pod.resident();
  const size = 10_000_000;
  const body = Buffer.alloc(size, 'u');
  const answers = await Promise.all(
    Array.from({ length: 100 }, async () => {
      const socket = await connect(pod);
      const answered = once(socket, 'data');
      socket.write(head('POST', '/up', `Content-Length: ${size}\r\n`));
      socket.write(body);
      return String((await answered)[0]);
    }),
  );
  for (const answer of answers) expect(answer).toContain(`\r\n${size}`);
  expect(pod.resident() - before).toBeLessThan(300);
  const [last] = tunnels.slice(-1) as [net.Socket];
  last.write('still there');
  expect(String((await once(last, 'data'))[0])).toBe('still there');
});

const python = '/usr/bin/python3';
const hasWebsockets = existsSync(python) && existsSync('/usr/lib/python3/dist-packages/websockets');
test.skipIf(!hasWebsockets)('a WebSocket by Python’s websockets', patient, async () => {
  const { pod } = await startPod();
  const script = join(import.meta.dirname, 'clients/websockets_client.py');
  const { stdout } = await run(python, [script, String(pod.port), pod.caFile], {
    env: { PATH: process.env['PATH'] },
  });
  expect(stdout).toContain('echoed');
  await expect.poll(() => pod.audit().map(({ status }) => status), waiting).toEqual([101]);
});
