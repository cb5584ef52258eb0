import { requestFor } from '@pai/core/conformance';
import { expect, test } from 'vitest';
import { cpuSeconds } from '../../../../test/cpu-time.ts';
import { resolveData } from '../../src/data/data.ts';
import type { AzureEndpoint } from '../../src/endpoint.ts';

test('naming a request to a data plane takes microseconds', async () => {
  const request = requestFor({ url: 'https://vault.vault.azure.net/secrets/db/v1?api-version=7.6' });
  const endpoint: AzureEndpoint = { service: 'vault', cloud: 'public', audience: 'https://vault.azure.net' };
  const blob = requestFor({
    method: 'PUT',
    url: 'https://acct.blob.core.windows.net/box/dir/a%20b.txt?comp=block&blockid=AAAA',
  });
  const storage: AzureEndpoint = { ...endpoint, service: 'blob' };
  const rounds = 1_000;
  const run = () => {
    for (let i = 0; i < rounds; i += 1) {
      resolveData(request, endpoint);
      resolveData(blob, storage);
    }
  };
  run();
  // A hundred times what it takes.
  expect((await cpuSeconds(run)) / (2 * rounds)).toBeLessThan(0.0005);
});
