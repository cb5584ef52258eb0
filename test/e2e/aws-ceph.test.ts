import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateBucketCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { loadCa } from '@pai/sidecar';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Ceph, hasCeph, startCeph } from './aws/ceph.ts';
import { madeUpKeys } from './aws/keys.ts';
import { type SidecarPod, startSidecarPod } from './aws/pod.ts';
import { describeS3Clients } from './aws/s3-client-tests.ts';
import { backup, buckets, s3Providers } from './aws/s3-provider.ts';
import { startTlsGate, type TlsGate } from './aws/tls-gate.ts';
import { findProgram } from './run-client.ts';

if (!hasCeph) console.warn('Ceph is not installed: its tests are skipped');

const dir = mkdtempSync(join(tmpdir(), 'pai-ceph-'));
let ceph: Ceph;
let gate: TlsGate;
let pod: SidecarPod;

beforeAll(async () => {
  if (!hasCeph) return;
  ceph = await startCeph(dir);
  const ca = loadCa();
  gate = await startTlsGate(ca, ceph.port);
  for (const Bucket of Object.values(buckets)) await owner().send(new CreateBucketCommand({ Bucket }));
  pod = await startSidecarPod({
    address: '127.0.0.81',
    upstream: { port: gate.port, ca, keys: ceph.keys },
    providers: s3Providers,
    names: ['s3-agent', 's3-backup'],
  });
}, 120_000);

afterAll(async () => {
  await pod?.close();
  await gate?.close();
  await ceph?.close();
  rmSync(dir, { recursive: true, force: true });
});

/** What sees Ceph itself, with its own keys. */
const owner = (keys = ceph.keys) =>
  new S3Client({
    endpoint: `http://127.0.0.1:${ceph.port}`,
    forcePathStyle: true,
    region: 'us-east-1',
    credentials: keys,
  });

describe.skipIf(!hasCeph)('Ceph', () => {
  describeS3Clients({
    pod: () => pod,
    // Ceph 16 does not know content in unsigned chunks.
    env: { AWS_REQUEST_CHECKSUM_CALCULATION: 'when_required' },
    // Go's manager sends them all the same.
    spares: ({ name }, { op }) => op === 'stream' && name === 'Go v2',
  });

  test('holds what was written, and nothing of what was denied', async () => {
    const listed = await owner().send(new ListObjectsV2Command({ Bucket: buckets.data }));
    const keys = (listed.Contents ?? []).map(({ Key }) => Key);
    expect(keys).toContain('boto3Debians/a b+c.txt');
    expect(keys).toContain('awssdkv3JS/keep');
    const other = await owner().send(new ListObjectsV2Command({ Bucket: buckets.other }));
    expect(other.KeyCount).toBe(0);
  });

  test.skipIf(findProgram('restic') === undefined)(
    'restic backs up, checks, restores and forgets',
    async () => {
      writeFileSync(join(pod.dir, 'precious'), 'precious content');
      const repository = `s3:https://s3.dualstack.us-east-1.amazonaws.com/${buckets.backup}`;
      const env = { RESTIC_REPOSITORY: repository, RESTIC_PASSWORD: 'its own' };
      const restic = async (...args: string[]) => {
        const { status, out, err } = await pod.run('restic', args, { as: backup, env, timeout: 120_000 });
        expect(`${status} ${out}${err}`).toMatch(/^0 /);
        return out;
      };
      await restic('init');
      await restic('backup', join(pod.dir, 'precious'));
      expect(await restic('check')).toContain('no errors were found');
      expect(await restic('dump', 'latest', join(pod.dir, 'precious'))).toBe('precious content');
      expect(await restic('forget', '--keep-last', '1', '--prune')).toContain('1 snapshots');
      expect(pod.auditText()).toContain('s3:DeleteObject');
    },
  );

  test('itself takes no signature by another secret', async () => {
    const { secretAccessKey } = madeUpKeys('NONE');
    const stranger = owner({ ...ceph.keys, secretAccessKey });
    const list = stranger.send(new ListObjectsV2Command({ Bucket: buckets.data }));
    await expect(list).rejects.toMatchObject({ name: 'SignatureDoesNotMatch' });
  });

  test('no credential is in the audit log', () => {
    expect(pod.auditText()).not.toContain(ceph.keys.secretAccessKey);
    expect(pod.auditText()).not.toContain(ceph.keys.accessKeyId);
  });
});
