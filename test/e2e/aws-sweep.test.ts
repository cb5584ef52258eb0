import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { start } from '../../packages/provider-aws/test/aws.ts';
import { faultOf } from '../../packages/provider-aws/test/sweep/judge.ts';
import { unpackRecords } from '../../packages/provider-aws/test/sweep/record.ts';
import { clients } from '../../tools/aws-sweep/src/clients.ts';
import { loadIamData } from '../../tools/aws-sweep/src/names.ts';
import { walkClients } from '../../tools/aws-sweep/src/walk.ts';

const root = join(import.meta.dirname, '../..');
const installed = join(root, 'node_modules/.aws-clients');
const names = clients
  .map((name) => `client-${name}`)
  .filter((name) => existsSync(join(installed, 'node_modules/@aws-sdk', name)));
const isInstalled = names.length > 100;
if (!isInstalled) {
  console.log(
    `the current clients of AWS are not there: node tools/aws-sweep/src/install-clients.ts ${installed}`,
  );
}

test.skipIf(!isInstalled)(
  'every operation of the clients as they are today is called what IAM calls it, or is refused when it is new',
  async () => {
    const { provider } = start({ policy: { allow: ['*'] }, config: { accountId: '111122223333' } });
    const { judged, failed } = await walkClients(installed, names, loadIamData(installed));
    const recording = readFileSync(join(root, 'packages/provider-aws/test/sweep/v3.jsonl.gz'));
    const known = new Set(unpackRecords(recording).map(({ client, operation }) => `${client} ${operation}`));
    const faults: string[] = [];
    for (const request of judged) {
      const name = `${request.client} ${request.operation}`;
      const fault = await faultOf(request, provider);
      const isRefused = fault?.startsWith('unresolved') === true;
      if (fault !== undefined && (known.has(name) || !isRefused)) faults.push(`${name}: ${fault}`);
    }
    expect(faults).toEqual([]);
    expect(judged.length).toBeGreaterThan(9000);
    expect(failed.length).toBeLessThan(20);
  },
  300_000,
);
