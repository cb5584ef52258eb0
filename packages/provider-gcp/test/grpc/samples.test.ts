import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { actionsOf } from './call.ts';

/** Made by `tools/catalogue` with protobufjs from Google's own protos. */
const samples = JSON.parse(
  readFileSync(join(import.meta.dirname, '../vectors/grpc-samples.json'), 'utf8'),
) as readonly { host: string; path: string; message: string; actions: readonly string[] }[];

test('names the permission and the resource of every sampled rpc, from its message (K8)', async () => {
  expect(samples.length).toBeGreaterThan(500);
  for (const { host, path, message, actions } of samples) {
    const found = await actionsOf(host, path, Buffer.from(message, 'base64'));
    expect(
      found.map((one) => one.replace(/ \[\]$/, '')),
      path,
    ).toEqual(expect.arrayContaining([...actions]));
  }
});
