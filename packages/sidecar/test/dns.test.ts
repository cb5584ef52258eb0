import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect } from 'node:net';
import { type Answer, decode, streamEncode } from 'dns-packet';
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { createDnsDoor } from '../src/doors/dns.ts';
import { readQuery } from '../src/doors/dns-message.ts';
import { askUdp, claims, freePort, queryOf, startDoor, takeTcp, takeUdp } from './dns-door.ts';
import { answering, startDnsServer } from './dns-upstream.ts';

test.each(['api.github.com', 'API.GitHub.COM', 'bucket.s3.example', 'api.github.com.'])(
  'answers for the claimed host %s with its own addresses',
  async (host) => {
    const { client } = await startDoor();
    expect(await client.resolve4(host, { ttl: true })).toEqual([{ address: '127.0.0.1', ttl: 5 }]);
    expect(await client.resolve6(host)).toEqual(['::1']);
  },
);

test('asks for the claims and the answers anew each time', async () => {
  let claimed = 'a.example';
  let v4 = '127.0.0.1';
  const { client } = await startDoor({ claims: (host) => host === claimed, answers: () => ({ v4 }) });
  expect(await client.resolve4('a.example')).toEqual(['127.0.0.1']);
  claimed = 'b.example';
  v4 = '10.0.0.7';
  await expect(client.resolve4('a.example')).rejects.toMatchObject({ code: 'ESERVFAIL' });
  expect(await client.resolve4('b.example')).toEqual(['10.0.0.7']);
});

test.each([
  ['AAAA without an IPv6 address', 28],
  ['HTTPS', 65],
  ['SVCB', 64],
  ['TXT', 16],
  ['CNAME', 5],
  ['ANY', 255],
])('answers %s for a claimed host with an authoritative nothing', async (_, type) => {
  const upstream = await startDnsServer((query) => [answering(query, [], 3)]);
  const { port } = await startDoor({ answers: () => ({ v4: '127.0.0.1' }), upstream: [upstream] });
  const answer = decode(await askUdp(port, queryOf({ name: 'api.github.com', type })));
  expect(answer).toMatchObject({ id: 7, flag_qr: true, flag_aa: true, flag_rd: true, rcode: 'NOERROR' });
  expect(answer.answers).toEqual([]);
  expect(upstream.asked).toEqual([]);
});

test.each(['_443._https.api.github.com', '_8443._https.bucket.s3.example', '_dns.api.github.com'])(
  'keeps the service binding of %s from the agent',
  async (name) => {
    const upstream = await startDnsServer((query) => [answering(query, [], 3)]);
    const { port } = await startDoor({ upstream: [upstream] });
    for (const type of [64, 65]) {
      expect(decode(await askUdp(port, queryOf({ name, type }))).flag_aa).toBe(true);
    }
    expect(upstream.asked).toEqual([]);
  },
);

test('repeats the question with its case, and EDNS for those who speak it', async () => {
  const { port } = await startDoor();
  const name = 'aPi.GitHub.cOm';
  const plain = decode(await askUdp(port, queryOf({ name, type: 'A' })));
  expect(plain.questions?.[0]?.name).toBe(name);
  expect(plain.answers).toMatchObject([{ name, type: 'A', data: '127.0.0.1' }]);
  expect(plain.additionals).toEqual([]);
  const opt: Answer = {
    type: 'OPT',
    name: '.',
    udpPayloadSize: 4_096,
    extendedRcode: 0,
    ednsVersion: 0,
  } as Answer;
  const extended = decode(await askUdp(port, queryOf({ name, type: 'A' }, [opt])));
  expect(extended.additionals).toMatchObject([{ type: 'OPT', udpPayloadSize: 1_232 }]);
});

test.each<[string, (packet: Buffer) => void, number]>([
  ['no question', (packet) => packet.writeUInt16BE(0, 4), 1],
  ['two questions', (packet) => packet.writeUInt16BE(2, 4), 1],
  ['a label beyond the end', (packet) => packet.writeUInt8(63, 12), 1],
  ['a pointer to itself', (packet) => packet.writeUInt16BE(0xc0_0c, 12), 1],
  ['an update', (packet) => packet.writeUInt8(5 << 3, 2), 4],
])('a packet with %s is answered with its response code', async (_, spoil, code) => {
  const { port } = await startDoor();
  const packet = queryOf({ name: 'api.github.com', type: 'A' });
  spoil(packet);
  const answer = await askUdp(port, packet);
  expect(answer.length).toBe(12);
  expect([answer.readUInt16BE(0), answer.readUInt8(3) & 0x0f]).toEqual([7, code]);
});

test('no packet can stop the door', async () => {
  const { port, client } = await startDoor({ upstream: [{ address: '127.0.0.1', port: await takeUdp() }] });
  const socket = createSocket('udp4');
  onTestFinished(() => void socket.close());
  const valid = queryOf({ name: 'api.github.com', type: 'A' });
  const spoiled = fc
    .array(fc.tuple(fc.nat(valid.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 })
    .map((changes) => {
      const packet = Buffer.from(valid);
      for (const [offset, byte] of changes) packet.writeUInt8(byte, offset);
      return packet;
    });
  const packets = fc.sample(fc.oneof(fc.uint8Array({ maxLength: 80 }), spoiled), { numRuns: 400, seed: 7 });
  for (const packet of packets) {
    expect(() => readQuery(Buffer.from(packet))).not.toThrow();
    await new Promise((resolve) => socket.send(packet, port, '127.0.0.1', resolve));
  }
  for (const packet of packets.slice(0, 30)) {
    const connection = connect(port, '127.0.0.1').on('error', () => {});
    connection.end(packet);
    await once(connection, 'close');
  }
  expect(await client.resolve4('api.github.com')).toEqual(['127.0.0.1']);
});

test('a response that comes as a query is dropped, so that two doors cannot talk for ever', () => {
  const packet = queryOf({ name: 'api.github.com', type: 'A' });
  packet.writeUInt8(0x81, 2);
  expect(readQuery(packet)).toBeUndefined();
});

test('a door that would forward to itself does not open', async () => {
  const port = await freePort();
  for (const [address, upstream] of [
    ['127.0.0.1', '127.0.0.1'],
    ['0.0.0.0', '127.0.0.2'],
    ['127.0.0.1', '0.0.0.0'],
  ] as const) {
    const door = createDnsDoor({
      listen: { address, port },
      upstream: [{ address: upstream, port }],
      claims,
      answers: () => ({}),
    });
    await expect(door.start()).rejects.toMatchObject({
      code: 'usage',
      message: /is this door itself; name another/,
    });
  }
  const again = createDnsDoor({
    listen: { address: '127.0.0.1', port },
    upstream: [],
    claims,
    answers: () => ({}),
  });
  expect(await again.start()).toEqual({ address: '127.0.0.1', port });
  await again.close();
});

test.each(['udp', 'tcp'])('a port taken on %s is one clear sentence', async (transport) => {
  const taken = transport === 'tcp' ? await takeTcp() : await takeUdp();
  const door = createDnsDoor({
    listen: { address: '127.0.0.1', port: taken },
    upstream: [],
    claims,
    answers: () => ({}),
  });
  await expect(door.start()).rejects.toMatchObject({
    code: 'address_in_use',
    message: `dns door: 127.0.0.1:${taken} is taken; stop what listens there, or choose another with --dns`,
  });
  await door.close();
});

test('closing ends connections and queries on their way, and frees the port', async () => {
  const silent = await startDnsServer(() => []);
  const { door, port } = await startDoor({ upstream: [silent] });
  const connection = connect(port, '127.0.0.1').on('error', () => {});
  connection.write(streamEncode({ type: 'query', id: 1, questions: [{ name: 'www.example', type: 'A' }] }));
  await expect.poll(() => silent.asked.length).toBe(1);
  await Promise.all([door.close(), once(connection, 'close')]);
  const { port: again } = await startDoor({ listen: { address: '127.0.0.1', port } });
  expect(again).toBe(port);
});
