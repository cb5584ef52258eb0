import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { start } from './aws.ts';
import { faultOf, isExact } from './sweep/judge.ts';
import { type Judged, unpackRecords } from './sweep/record.ts';

const recorded = (file: string) => unpackRecords(readFileSync(join(import.meta.dirname, 'sweep', file)));

/** Every fault in one list, so that a failure shows all of them. */
async function faultsOf(records: readonly Judged[]): Promise<string[]> {
  const { provider } = start({ policy: { allow: ['*'] }, config: { accountId: '111122223333' } });
  const faults: string[] = [];
  for (const judged of records) {
    const fault = await faultOf(judged, provider);
    if (fault !== undefined) faults.push(`${judged.client} ${judged.operation}: ${fault}`);
  }
  return faults;
}

describe('what the SDKs send', () => {
  test.each([
    ['every operation of 141 clients of the third SDK', 'v3.jsonl.gz', 9711],
    ['every operation of all API versions of the second SDK', 'v2.jsonl.gz', 16394],
    ['one operation of each client at the endpoints of every partition', 'places.jsonl.gz', 1682],
  ])('is called what IAM calls it: %s', async (_what, file, count) => {
    const records = recorded(file);
    expect(records).toHaveLength(count);
    expect(await faultsOf(records)).toEqual([]);
  });

  test('names the ARN in nearly every request that surely names one, and says of the others that it cannot tell', async () => {
    const { provider } = start({ policy: { allow: ['*'] }, config: { accountId: '111122223333' } });
    const naming = recorded('v3.jsonl.gz').filter(({ resource }) => resource !== undefined);
    let exact = 0;
    for (const judged of naming) exact += Number(await isExact(judged, provider));
    expect(exact).toBeGreaterThan(2700);
    expect(naming.length).toBeLessThan(3300);
  });

  test('is judged by the names, the ARN and the signature of each', async () => {
    const [send] = recorded('v3.jsonl.gz').filter(
      ({ client, operation }) => client === 'client-sqs' && operation === 'SendMessage',
    );
    if (send === undefined) throw new Error('the recording has no SendMessage');
    const wrong: readonly Judged[] = [
      { ...send, actions: ['sqs:ReceiveMessage'] },
      { ...send, resource: 'arn:aws:sqs:eu-west-1:111122223333:another' },
      { ...send, scope: 'eu-west-1/sns' },
      { ...send, headers: {} },
    ];
    expect(await faultsOf([send])).toEqual([]);
    expect(await faultsOf(wrong)).toEqual([
      expect.stringContaining('sqs:SendMessage should be sqs:ReceiveMessage'),
      expect.stringContaining('should have arn:aws:sqs:eu-west-1:111122223333:another'),
      expect.stringContaining('is signed for eu-west-1/sqs and should be for eu-west-1/sns'),
      expect.stringContaining('unresolved'),
    ]);
  });
});
