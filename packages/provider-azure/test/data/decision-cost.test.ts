import { requestFor } from '@pai/core/conformance';
import { expect, test } from 'vitest';
import { resolveData } from '../../src/data/data.ts';
import type { AzureEndpoint } from '../../src/endpoint.ts';

test('naming a request to a data plane takes microseconds', () => {
  const request = requestFor({ url: 'https://vault.vault.azure.net/secrets/db/v1?api-version=7.6' });
  const endpoint: AzureEndpoint = { service: 'vault', cloud: 'public', audience: 'https://vault.azure.net' };
  const blob = requestFor({
    method: 'PUT',
    url: 'https://acct.blob.core.windows.net/box/dir/a%20b.txt?comp=block&blockid=AAAA',
  });
  const storage: AzureEndpoint = { ...endpoint, service: 'blob' };
  const run = (times: number) => {
    const start = performance.now();
    for (let i = 0; i < times; i += 1) {
      resolveData(request, endpoint);
      resolveData(blob, storage);
    }
    return ((performance.now() - start) * 1_000) / (2 * times);
  };
  run(1_000);
  // A hundred times what it takes where nothing else runs.
  expect(run(2_000)).toBeLessThan(500);
});
