import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { cli, cpuOf, type GatewayPod, startGatewayPod } from './mcp/gateway-pod.ts';

let server: http.Server;
let pod: GatewayPod;
let agent: https.Agent;

/** A server that answers every message at once, and a GET with a stream that says nothing. */
beforeAll(async () => {
  server = http.createServer((request, response) => {
    if (request.method === 'GET') {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(': \n\n');
      return;
    }
    request.resume().once('end', () => {
      const body = '{"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":"ok"}]}}';
      response
        .writeHead(200, { 'content-type': 'application/json', 'content-length': body.length })
        .end(body);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  pod = await startGatewayPod([{ name: 'idle', port, transport: 'http', path: '/mcp' }]);
  const ca = readFileSync(join(pod.dir, 'ca/ca.pem'));
  agent = new https.Agent({ ca, keepAlive: true, maxSockets: 2_000 });
});

afterAll(async () => {
  agent?.destroy();
  await pod?.close();
  server?.closeAllConnections();
  server?.close();
});

interface Way {
  readonly url: string;
  readonly cpu: () => number;
  readonly options: https.RequestOptions;
}

const atGateway = (): Way => ({
  url: `${pod.url}/ext/mcp/idle`,
  cpu: pod.cpu,
  options: { agent, headers: { authorization: `Bearer ${pod.accessKey}` } },
});

/** A sidecar with the same Provider, at its TLS door. */
async function startSidecar(): Promise<Way> {
  const args = ['--provider', 'idle', '--listen', '127.0.0.1:0', '--ca-dir', join(pod.dir, 'ca')];
  const upstream = ['--upstream', `**.mcp.example=127.0.0.1:${pod.gate.port}`];
  const trust = [
    '--upstream-ca',
    join(pod.dir, 'service-ca.pem'),
    '--audit-log',
    join(pod.dir, 'sidecar.jsonl'),
  ];
  const words = [cli, '--home', join(pod.dir, 'home'), 'sidecar', ...args, ...upstream, ...trust];
  const sidecar = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void sidecar.kill('SIGKILL'));
  const [line] = await once(sidecar.stdout, 'data');
  const port = /127\.0\.0\.1:(\d+)/.exec(String(line))?.[1];
  return {
    url: `https://127.0.0.1:${port}/mcp`,
    cpu: () => cpuOf(sidecar.pid),
    options: { agent, servername: 'idle.mcp.example', headers: { host: 'idle.mcp.example' } },
  };
}

function ask({ url, options }: Way, method: string, body?: string): Promise<http.IncomingMessage> {
  const headers = {
    ...options.headers,
    accept: 'application/json, text/event-stream',
    ...(body !== undefined && { 'content-type': 'application/json', 'content-length': body.length }),
  };
  return new Promise((resolve, reject) => {
    https
      .request(url, { ...options, method, headers }, resolve)
      .on('error', reject)
      .end(body);
  });
}

const call =
  '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","arguments":{"text":"hello"}}}';

/** Microseconds of processor time for one of many calls. */
async function costOf(way: Way, count: number): Promise<number> {
  const before = way.cpu();
  for (let i = 0; i < count; i += 1) {
    const answer = await ask(way, 'POST', call);
    if (answer.statusCode !== 200) throw new Error(`${way.url} answers with ${answer.statusCode}`);
    await once(answer.resume(), 'end');
  }
  return ((way.cpu() - before) * 1_000) / count;
}

test('a small call costs little more than at the other doors', async () => {
  const ways = [atGateway(), await startSidecar()] as const;
  for (const way of ways) await costOf(way, 1_500);
  const costs: [number, number][] = [];
  for (let round = 0; round < 5; round += 1) {
    costs.push([await costOf(ways[0], 1_000), await costOf(ways[1], 1_000)]);
  }
  const median = (i: 0 | 1) => costs.map((pair) => pair[i]).sort((a, b) => a - b)[2] ?? 0;
  const [gateway, sidecar] = [median(0), median(1)];
  process.stdout.write(
    `a small call: ${gateway} us of processor time at the gateway, ${sidecar} at a sidecar\n`,
  );
  expect(gateway).toBeLessThan(2 * sidecar + 200);
});

test('1,000 streams that say nothing take a steady amount of memory', async () => {
  const before = pod.resident();
  const streams: http.IncomingMessage[] = [];
  for (let i = 0; i < 1_000; i += 50) {
    const some = await Promise.all(Array.from({ length: 50 }, () => ask(atGateway(), 'GET')));
    streams.push(...some);
  }
  expect(streams.every(({ statusCode }) => statusCode === 200)).toBe(true);
  for (const stream of streams) stream.resume();
  await wait(3_000);
  const opened = pod.resident();
  await wait(10_000);
  const later = pod.resident();
  process.stdout.write(
    `1,000 idle streams: ${Math.round(before)} MiB before, ${Math.round(opened)} with them, ${Math.round(later)} later\n`,
  );
  expect(later - opened).toBeLessThan(20);
  for (const stream of streams) stream.destroy();
});
