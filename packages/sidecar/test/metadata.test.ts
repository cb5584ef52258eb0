import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { forbiddenReason } from '../src/fence.ts';
import { createResolver } from '../src/resolver.ts';
import { createMetadataUpstream } from '../src/upstream/metadata.ts';
import { createUpstream } from '../src/upstream/pool.ts';
import { createPluginSend } from '../src/upstream-fetch.ts';

const nowhere = createUpstream(
  async () => {
    throw new Error('TLS is not spoken here');
  },
  async () => {
    throw new Error('TLS is not spoken here');
  },
);

async function openMetadata() {
  const seen: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    seen.push(request);
    response.end('{"access_token":"x"}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const overrides = new Map([['169.254.169.254:80', { address: '127.0.0.1', port }]]);
  const upstream = createMetadataUpstream(createResolver({ overrides }));
  onTestFinished(() => {
    upstream.close();
    server.close().closeAllConnections();
  });
  return { seen, send: createPluginSend(nowhere, upstream) };
}

test('a plugin that gets its tokens from the metadata service asks it in clear', async () => {
  const { seen, send } = await openMetadata();
  const url = 'http://169.254.169.254/metadata/identity/oauth2/token?resource=a';
  const response = await send(new Request(url, { headers: { metadata: 'true' } }), false);
  expect(await response.json()).toEqual({ access_token: 'x' });
  expect(seen.map(({ url: target, headers }) => [target, headers.host, headers['metadata']])).toEqual([
    ['/metadata/identity/oauth2/token?resource=a', '169.254.169.254', 'true'],
  ]);
});

test.each(['http://service.example/', 'http://169.254.169.254:8080/', 'http://169.254.170.2/'])(
  'nothing but that service is asked in clear: not %s',
  async (url) => {
    const { seen, send } = await openMetadata();
    await expect(send(new Request(url), true)).rejects.toMatchObject({ code: 'destination_forbidden' });
    expect(seen).toEqual([]);
  },
);

test('the fence opens for that one address, and for the sidecar itself only', () => {
  const allowed = { isPrivateAllowed: false, isMetadataAllowed: true };
  expect(forbiddenReason('169.254.169.254', allowed)).toBeUndefined();
  expect(forbiddenReason('169.254.169.254', { isPrivateAllowed: true })).toBe('a cloud metadata address');
  for (const address of ['169.254.169.253', '::ffff:169.254.169.254', '100.100.100.200', '10.0.0.1']) {
    expect(forbiddenReason(address, allowed), address).toBeDefined();
  }
});
