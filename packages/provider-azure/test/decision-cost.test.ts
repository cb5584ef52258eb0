import { requestFor } from '@pai/core/conformance';
import { expect, test } from 'vitest';
import { cpuSeconds } from '../../../test/cpu-time.ts';
import { createEndpoints } from '../src/endpoints.ts';
import { createResolver } from '../src/resolve.ts';
import { createAzureScope } from '../src/scope.ts';

const resolve = createResolver({
  readEndpoint: createEndpoints({}).find,
  resolveData: () => ({ unresolved: 'not asked' }),
});
const scope = createAzureScope([
  '/subscriptions/*/resourceGroups/prod/*',
  '/subscriptions/S/resourceGroups/RG/*',
]);

const rounds = 500;

/** Microseconds of CPU that one decision takes, in one measurement. */
async function cost(request: Parameters<typeof resolve>[0]): Promise<number> {
  const decide = async () => {
    for (let i = 0; i < rounds; i += 1) {
      const resolution = await resolve(request);
      if ('unresolved' in resolution || resolution.actions.some((action) => scope(action) !== undefined)) {
        throw new Error('it is not inside');
      }
    }
  };
  return ((await cpuSeconds(decide)) * 1e6) / rounds;
}

test('a decision on a storage account takes less than 50 microseconds', async () => {
  const request = requestFor({
    method: 'PATCH',
    url: 'https://management.azure.com/subscriptions/S/resourceGroups/RG/providers/Microsoft.Storage/storageAccounts/a?api-version=2024-01-01',
    headers: { 'content-type': 'application/json', 'user-agent': 'azsdk-js-arm-storage/20.0.0' },
    body: '{"tags":{"team":"blue","cost":"42"},"properties":{"allowBlobPublicAccess":false}}',
  });
  // Other work on the machine only ever makes it slower: one good measurement is enough.
  const measured: number[] = [];
  while (measured.length < 40 && !measured.some((microseconds) => microseconds < 50)) {
    measured.push(await cost(request));
  }
  expect(Math.min(...measured)).toBeLessThan(50);
});
