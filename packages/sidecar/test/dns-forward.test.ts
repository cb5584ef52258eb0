import { createSocket } from 'node:dgram';
import { type DecodedPacket, decode, streamEncode } from 'dns-packet';
import { expect, onTestFinished, test } from 'vitest';
import { createDnsForwarder } from '../src/doors/dns-forward.ts';
import { askTcp, askUdp, freePort, queryFor, queryOf, startDoor } from './dns-door.ts';
import { answering, startDnsServer } from './dns-upstream.ts';

test('passes other names on, byte for byte but for the id', async () => {
  const upstream = await startDnsServer((query) => [
    answering(query, [{ type: 'A', name: 'www.example', ttl: 77, data: '192.0.2.7' }]),
  ]);
  const { client, port } = await startDoor({ upstream: [upstream] });
  expect(await client.resolve4('www.example', { ttl: true })).toEqual([{ address: '192.0.2.7', ttl: 77 }]);
  const packet = queryOf({ name: 'wWw.example', type: 'A', id: 0xbeef });
  const answer = await askUdp(port, packet);
  expect(answer.readUInt16BE(0)).toBe(0xbeef);
  expect(upstream.asked.at(-1)?.packet.subarray(2)).toEqual(packet.subarray(2));
});

test('a name next to a claimed one is passed on', async () => {
  const upstream = await startDnsServer((query) => [answering(query, [], 3)]);
  const { client } = await startDoor({ upstream: [upstream] });
  for (const name of ['s3.example', 'a.b.s3.example', 'xapi.github.com', 'api.github.com.evil.example']) {
    await expect(client.resolve4(name)).rejects.toMatchObject({ code: 'ENOTFOUND' });
  }
  expect(upstream.asked.map(({ name }) => name)).toEqual([
    's3.example',
    'a.b.s3.example',
    'xapi.github.com',
    'api.github.com.evil.example',
  ]);
});

test('hides the id and the port that a forwarded query leaves with', async () => {
  const ports = new Set<number>();
  const upstream = await startDnsServer((query) => [answering(query, [])]);
  upstream.udp.on('message', (_, from) => ports.add(from.port));
  const { port } = await startDoor({ upstream: [upstream] });
  for (let i = 0; i < 8; i += 1) await askUdp(port, queryOf({ name: 'www.example', type: 'A' }));
  expect(new Set(upstream.asked.map(({ packet }) => packet.readUInt16BE(0))).size).toBeGreaterThan(5);
  expect(ports.size).toBeGreaterThan(5);
});

test('serves TCP, several queries to a connection, and forwards them by TCP', async () => {
  const upstream = await startDnsServer((query) => [
    answering(query, [{ type: 'TXT', name: 'big.example', data: 'x'.repeat(200) }]),
  ]);
  const { port } = await startDoor({ upstream: [upstream] });
  const answers = await askTcp(port, [
    streamEncode({ type: 'query', id: 1, questions: [{ name: 'api.github.com', type: 'A' }] }),
    streamEncode({ type: 'query', id: 2, questions: [{ name: 'big.example', type: 'TXT' }] }),
    streamEncode({ type: 'query', id: 3, questions: [{ name: 'api.github.com', type: 'AAAA' }] }),
  ]);
  const byId = new Map(answers.map((answer) => [answer.id, answer]));
  expect(byId.get(1)?.answers).toMatchObject([{ data: '127.0.0.1' }]);
  expect(byId.get(2)?.answers).toMatchObject([{ type: 'TXT' }]);
  expect(byId.get(3)?.answers).toMatchObject([{ data: '::1' }]);
  expect(upstream.asked.map(({ transport }) => transport)).toEqual(['tcp']);
});

test('a truncated answer passes, so that the client comes back by TCP', async () => {
  const upstream = await startDnsServer((query) => {
    const isSmall = query.questions?.[0]?.name === 'big.example';
    const whole = answering(query, [{ type: 'A', name: 'big.example', ttl: 1, data: '192.0.2.9' }]);
    if (!isSmall || upstream.asked.at(-1)?.transport === 'tcp') return [whole];
    const cut = answering(query, []);
    cut.writeUInt8(cut.readUInt8(2) | 0x02, 2);
    return [cut];
  });
  const { client } = await startDoor({ upstream: [upstream] });
  expect(await client.resolve4('big.example')).toEqual(['192.0.2.9']);
  expect(upstream.asked.map(({ transport }) => transport)).toEqual(['udp', 'tcp']);
});

test('a server that refuses is passed over for the next', async () => {
  const second = await startDnsServer((query) => [
    answering(query, [{ type: 'A', name: 'www.example', ttl: 1, data: '192.0.2.8' }]),
  ]);
  const { client } = await startDoor({
    upstream: [{ address: '127.0.0.1', port: await freePort() }, second],
  });
  expect(await client.resolve4('www.example')).toEqual(['192.0.2.8']);
});

test('when every server is silent the answer is SERVFAIL', async () => {
  const silent = await startDnsServer(() => []);
  const forwarder = createDnsForwarder([silent, silent], { patience: 50 });
  const answer = await forwarder.forward(queryFor('www.example'), 'udp');
  expect(decode(answer ?? Buffer.alloc(0))).toMatchObject({ id: 7, rcode: 'SERVFAIL' });
  expect(silent.asked.length).toBe(2);
});

test('answers with another id, to another question or from another place are not believed', async () => {
  const right = (query: DecodedPacket) =>
    answering(query, [{ type: 'A', name: 'www.example', ttl: 1, data: '192.0.2.1' }]);
  const wrong = (query: DecodedPacket, change: Partial<DecodedPacket>) =>
    answering({ ...query, ...change }, [{ type: 'A', name: 'www.example', ttl: 1, data: '6.6.6.6' }]);
  const stranger = createSocket('udp4');
  onTestFinished(() => void stranger.close());
  const upstream = await startDnsServer((query) => [
    wrong(query, { id: ((query.id ?? 0) + 1) & 0xffff }),
    wrong(query, { questions: [{ name: 'evil.example', type: 'A' }] }),
    wrong(query, { questions: [{ name: 'www.example', type: 'AAAA' }] }),
    Buffer.from('garbage'),
    right(query),
  ]);
  upstream.udp.prependListener('message', (packet, from) => {
    stranger.send(wrong(decode(packet), {}), from.port, from.address);
  });
  const { client } = await startDoor({ upstream: [upstream] });
  expect(await client.resolve4('www.example')).toEqual(['192.0.2.1']);
});

test('more queries than the door carries at once are dropped', async () => {
  const silent = await startDnsServer(() => []);
  const forwarder = createDnsForwarder([silent], { capacity: 2 });
  const waiting = [1, 2].map(() => forwarder.forward(queryFor('www.example'), 'udp'));
  expect(await forwarder.forward(queryFor('www.example'), 'udp')).toBeUndefined();
  forwarder.close();
  const answers = await Promise.all(waiting);
  expect(answers.map((answer) => decode(answer ?? Buffer.alloc(0)))).toMatchObject([
    { rcode: 'SERVFAIL' },
    { rcode: 'SERVFAIL' },
  ]);
});

test('a server that no network leads to costs a SERVFAIL, not the sidecar', async () => {
  // The kernel refuses to connect to it, as it does where there is no route.
  const { port } = await startDoor({ upstream: [{ address: '255.255.255.255', port: 53 }] });
  const answer = decode(await askUdp(port, queryOf({ name: 'www.example', type: 'A' })));
  expect(answer).toMatchObject({ rcode: 'SERVFAIL' });
});
