import { Resolver } from 'node:dns/promises';
import { networkInterfaces } from 'node:os';
import { expect, test } from 'vitest';
import { startRig } from './rig.ts';

const addresses = Object.values(networkInterfaces()).flatMap((own) => own ?? []);
const hasIpv6 = addresses.some(({ address }) => address === '::1');

test.runIf(hasIpv6).each([
  ['127.0.0.1', ['127.0.0.1'], ['::1']],
  ['0.0.0.0', ['127.0.0.1'], []],
  ['::', ['127.0.0.1'], ['::1']],
  ['::1', [], ['::1']],
])('the DNS door leads to a TLS door on %s at %j and %j', async (address, four, six) => {
  const any = { address: '127.0.0.1', port: 0 };
  const rig = await startRig({
    sidecar: { listen: [{ address, port: 0 }], dns: any, dnsUpstream: [{ address: '127.0.0.1', port: 9 }] },
  });
  const client = new Resolver();
  client.setServers([`127.0.0.1:${rig.sidecar.addresses.dns[0]?.port}`]);
  expect(await client.resolve4('api.example.com').catch(() => [])).toEqual(four);
  expect(await client.resolve6('api.example.com').catch(() => [])).toEqual(six);
});
