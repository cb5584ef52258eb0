import type { Answer } from 'dns-packet';
import { expect, test } from 'vitest';
import { createResolver } from '../src/resolver.ts';
import { answering, startDnsServer } from './dns-upstream.ts';

type Zone = Record<string, readonly string[]>;

/** A DNS server that knows `zone`: addresses by name. */
function serve(zone: Zone, ttl = 60) {
  return startDnsServer((query) => {
    const [question] = query.questions ?? [];
    const known = zone[question?.name.toLowerCase() ?? ''];
    if (question === undefined || known === undefined) return [answering(query, [], 3)];
    const records = known.filter((address) => address.includes(':') === (question.type === 'AAAA'));
    const answers = records.map(
      (data): Answer => ({ type: question.type as 'A', name: question.name, ttl, data }),
    );
    return [answering(query, answers)];
  });
}

const isPublicOnly = { isPrivateAllowed: false };

test('gives every public address, IPv4 first, with the port that was asked for', async () => {
  const dns = await serve({ 'api.example': ['2606:50c0::1', '140.82.112.3', '140.82.112.4'] });
  const { resolve } = createResolver({ servers: [dns.server] });
  expect(await resolve('api.example', 8443, isPublicOnly)).toEqual([
    { address: '140.82.112.3', family: 4, port: 8443 },
    { address: '140.82.112.4', family: 4, port: 8443 },
    { address: '2606:50c0::1', family: 6, port: 8443 },
  ]);
});

test.each<[string, readonly string[], boolean]>([
  ['loopback', ['127.0.0.1'], true],
  ['metadata', ['169.254.169.254', 'fd00:ec2::254'], true],
  ['private', ['10.1.2.3', 'fd12::1'], false],
  ['mapped loopback', ['::ffff:127.0.0.1'], true],
])(
  'a name that leads only to %s addresses is refused without showing them',
  async (_, addresses, isPrivateAllowed) => {
    const dns = await serve({ 'api.example': addresses });
    const { resolve } = createResolver({ servers: [dns.server] });
    const refused = resolve('api.example', 443, { isPrivateAllowed });
    await expect(refused).rejects.toMatchObject({ code: 'destination_forbidden' });
    const { message } = (await refused.catch((thrown) => thrown)) as Error;
    expect(message).toContain('api.example');
    for (const address of addresses) expect(message).not.toContain(address);
  },
);

test('forbidden addresses among public ones are left out', async () => {
  const dns = await serve({ 'api.example': ['127.0.0.1', '140.82.112.3', '10.0.0.1', 'fe80::1'] });
  const { resolve } = createResolver({ servers: [dns.server] });
  const found = await resolve('api.example', 443, isPublicOnly);
  expect(found.map(({ address }) => address)).toEqual(['140.82.112.3']);
});

test('a private address is given for a host the user named, and still refused for others', async () => {
  const dns = await serve({ 'git.corp.example': ['10.20.30.40'] });
  const { resolve } = createResolver({ servers: [dns.server] });
  const found = await resolve('git.corp.example', 443, { isPrivateAllowed: true });
  expect(found).toEqual([{ address: '10.20.30.40', family: 4, port: 443 }]);
  await expect(resolve('git.corp.example', 443, isPublicOnly)).rejects.toThrow(
    /leads to a private address, which is never dialled; name this very host in spec.host/,
  );
});

test.each(['127.0.0.1', '[::1]', '::1', '10.0.0.1', '[::ffff:169.254.169.254]'])(
  'the address %s as a host meets the same fence',
  async (host) => {
    const { resolve } = createResolver({ servers: ['127.0.0.1:9'] });
    await expect(resolve(host, 443, isPublicOnly)).rejects.toMatchObject({ code: 'destination_forbidden' });
  },
);

test('a public address as a host is dialled without DNS', async () => {
  const { resolve } = createResolver({ servers: ['127.0.0.1:9'] });
  expect(await resolve('[2606:50c0::1]', 443, isPublicOnly)).toEqual([
    { address: '2606:50c0::1', family: 6, port: 443 },
  ]);
});

test("an operator's override passes by DNS and the fence, for one port or for all", async () => {
  const overrides = new Map([
    ['api.example', { address: '127.0.0.1', port: 9443 }],
    ['api.example:8443', { address: '::1' }],
    ['**.aws.example', { address: '127.0.0.2' }],
    ['**.s3.aws.example', { address: '127.0.0.3' }],
    ['exact.s3.aws.example', { address: '127.0.0.4' }],
  ]);
  const { resolve } = createResolver({ servers: ['127.0.0.1:9'], overrides });
  expect(await resolve('api.example', 443, isPublicOnly)).toEqual([
    { address: '127.0.0.1', family: 4, port: 9443 },
  ]);
  expect(await resolve('api.example', 8443, isPublicOnly)).toEqual([
    { address: '::1', family: 6, port: 8443 },
  ]);
  const found = ['sqs.aws.example', 'a.b.s3.aws.example', 's3.aws.example', 'exact.s3.aws.example'].map(
    async (host) => (await resolve(host, 443, isPublicOnly))[0]?.address,
  );
  expect(await Promise.all(found)).toEqual(['127.0.0.2', '127.0.0.3', '127.0.0.2', '127.0.0.4']);
  expect(() => createResolver({ overrides: new Map([['a.example', { address: 'localhost' }]]) })).toThrow(
    /--upstream a.example: "localhost" is not an IP address/,
  );
});

test.each(['*.example', 'API.example', 'api.example.', 'https://api.example', '**.example:8443', 'a b', ''])(
  'an override for %j, which no request would meet, is a usage error',
  (host) => {
    expect(() => createResolver({ overrides: new Map([[host, { address: '127.0.0.1' }]]) })).toThrow(
      expect.objectContaining({ code: 'usage', message: expect.stringContaining(JSON.stringify(host)) }),
    );
  },
);

test('a server that is no address is a usage error', () => {
  expect(() => createResolver({ servers: ['dns.example'] })).toThrow(
    expect.objectContaining({ code: 'usage' }),
  );
});

test('the hosts file is not asked', async () => {
  const dns = await serve({});
  const { resolve } = createResolver({ servers: [dns.server] });
  await expect(resolve('localhost', 443, { isPrivateAllowed: true })).rejects.toMatchObject({
    code: expect.stringMatching(/^(upstream_unreachable|destination_forbidden)$/),
  });
});

test('one question is asked for all who ask at once, and its answer serves while it holds', async () => {
  const dns = await serve({ 'api.example': ['140.82.112.3'] }, 5);
  let now = 0;
  const { resolve } = createResolver({ servers: [dns.server], now: () => now });
  const ask = () => resolve('api.example', 443, isPublicOnly);
  await Promise.all([ask(), ask(), ask()]);
  now = 4_999;
  await ask();
  expect(dns.asked.length).toBe(2);
  now = 5_000;
  await ask();
  expect(dns.asked.length).toBe(4);
});

test('no answer is kept for more than thirty seconds', async () => {
  const dns = await serve({ 'api.example': ['140.82.112.3'] }, 86_400);
  let now = 0;
  const { resolve } = createResolver({ servers: [dns.server], now: () => now });
  await resolve('api.example', 443, isPublicOnly);
  now = 30_000;
  await resolve('api.example', 443, isPublicOnly);
  expect(dns.asked.length).toBe(4);
});

test('a name that turns private after its answer ran out is refused', async () => {
  const zone: Zone = { 'api.example': ['140.82.112.3'] };
  const dns = await serve(zone, 0);
  const { resolve } = createResolver({ servers: [dns.server] });
  expect((await resolve('api.example', 443, isPublicOnly))[0]?.address).toBe('140.82.112.3');
  zone['api.example'] = ['169.254.169.254'];
  await expect(resolve('api.example', 443, isPublicOnly)).rejects.toMatchObject({
    code: 'destination_forbidden',
  });
});

test('a failure is remembered for a second and no longer', async () => {
  const zone: Zone = {};
  const dns = await serve(zone);
  let now = 0;
  const { resolve } = createResolver({ servers: [dns.server], now: () => now });
  const ask = () => resolve('api.example', 443, isPublicOnly);
  await expect(ask()).rejects.toMatchObject({
    code: 'upstream_unreachable',
    message: /the name does not exist/,
  });
  zone['api.example'] = ['140.82.112.3'];
  now = 999;
  await expect(ask()).rejects.toMatchObject({ code: 'upstream_unreachable' });
  now = 1_000;
  expect((await ask())[0]?.address).toBe('140.82.112.3');
});

test('asks again when the clock was set back', async () => {
  const zone: Record<string, readonly string[]> = { 'api.example': ['140.82.112.3'] };
  const dns = await serve(zone);
  let now = 3_600_000;
  const { resolve } = createResolver({ servers: [dns.server], now: () => now });
  const find = async (host: string) => (await resolve(host, 443, isPublicOnly))[0]?.address;
  expect(await find('api.example')).toBe('140.82.112.3');
  await expect(find('new.example')).rejects.toThrow('does not exist');
  Object.assign(zone, { 'api.example': ['140.82.112.4'], 'new.example': ['140.82.112.5'] });
  now = 0;
  expect(await find('api.example')).toBe('140.82.112.4');
  expect(await find('new.example')).toBe('140.82.112.5');
});

test('an IPv4 answer is not held up by a silent IPv6 one', async () => {
  const dns = await startDnsServer((query) => {
    const [question] = query.questions ?? [];
    if (question?.type !== 'A') return [];
    return [answering(query, [{ type: 'A', name: question.name, ttl: 60, data: '140.82.112.3' }])];
  });
  const { resolve } = createResolver({ servers: [dns.server] });
  const started = performance.now();
  // Silence is waited for five seconds.
  expect(await resolve('api.example', 443, isPublicOnly)).toHaveLength(1);
  expect(performance.now() - started).toBeLessThan(4_500);
});

test('a name with IPv6 addresses only is found', async () => {
  const dns = await serve({ 'six.example': ['2606:50c0::1'] });
  const { resolve } = createResolver({ servers: [dns.server] });
  expect(await resolve('six.example', 443, isPublicOnly)).toEqual([
    { address: '2606:50c0::1', family: 6, port: 443 },
  ]);
});

test('servers are looked at again when those from before do not answer', async () => {
  const dns = await serve({ 'api.example': ['140.82.112.3'] });
  const servers = ['127.0.0.1:1'];
  let time = 0;
  const { resolve } = createResolver({ servers, now: () => time });
  const addresses = () => {
    time += 1_000;
    return resolve('api.example', 443, isPublicOnly).catch(({ message }: Error) => message);
  };
  expect(await addresses()).toContain('the DNS server does not answer');
  servers[0] = dns.server;
  await expect.poll(addresses).toMatchObject([{ address: '140.82.112.3' }]);
});

test('a DNS server that is not there is a clear error, within five seconds', async () => {
  const dns = await startDnsServer(() => []);
  const { resolve } = createResolver({ servers: [dns.server] });
  const started = performance.now();
  await expect(resolve('api.example', 443, isPublicOnly)).rejects.toMatchObject({
    code: 'upstream_unreachable',
    message: /^api.example cannot be resolved: the DNS server does not answer; check/,
  });
  expect(performance.now() - started).toBeLessThan(9_500);
});
