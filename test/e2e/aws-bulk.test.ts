import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { SidecarPod } from './aws/pod.ts';
import { type Result, type Step, s3Client } from './aws/s3-clients.ts';
import { useS3Pod } from './aws/s3-pod.ts';
import { buckets } from './aws/s3-provider.ts';
import type { S3Service } from './aws/s3-service.ts';
import { findProgram } from './run-client.ts';

/** 5 GiB, 10,000 objects and gibibytes in signed chunks take minutes: only `PAI_E2E_FULL=1` sends them. */
const isFull = process.env['PAI_E2E_FULL'] === '1';
const MiB = 1 << 20;
const GiB = 1 << 30;
const large = isFull ? 5 * GiB : 256 * MiB;
const signed = isFull ? GiB : 256 * MiB;
const many = isFull ? 10_000 : 1_000;
const patient = { timeout: 600_000 };

let service: S3Service;
let pod: SidecarPod;

useS3Pod('127.0.0.84', (started) => {
  ({ service, pod } = started);
});

const data = { bucket: buckets.data };
/** Runs it, and gives what became of it and by how many MiB the sidecar grew meanwhile. */
async function watched(run: () => Promise<Result[]>): Promise<{ results: Result[]; grown: number }> {
  const before = pod.resident();
  let most = before;
  const timer = setInterval(() => {
    most = Math.max(most, pod.resident());
  }, 50);
  try {
    return { results: await run(), grown: most - before };
  } finally {
    clearInterval(timer);
  }
}

const size = (bytes: number) => (bytes >= GiB ? `${bytes / GiB} GiB` : `${bytes / MiB} MiB`);

describe.each(['aws-sdk v3 (JS)', 'boto3 (current)'])('%s', (name) => {
  test.skipIf(!s3Client(name).isThere)(
    `uploads ${size(large)} in parts, of a length it is not told`,
    patient,
    async () => {
      const step: Step = { op: 'multipart', ...data, key: `${name}/large`, size: large, part: 16 * MiB };
      const { results, grown } = await watched(() => s3Client(name).run(pod, [step], { timeout: 600_000 }));
      expect(results).toEqual([{ ok: true, value: null }]);
      expect(service.store.get(buckets.data, step.key ?? '').content.size).toBe(large);
      expect(grown).toBeLessThan(150);
    },
  );
});

const streams = [
  { name: 'aws-sdk v3 (JS)', payload: 'STREAMING-UNSIGNED-PAYLOAD-TRAILER', total: GiB, env: {} },
  {
    name: 'Java v2',
    payload: 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
    total: signed,
    env: { SIGN_CHUNKS: '1', AWS_REQUEST_CHECKSUM_CALCULATION: 'when_required' },
  },
  {
    name: 'Java v2',
    payload: 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER',
    total: signed,
    env: { SIGN_CHUNKS: '1' },
  },
];

describe.each(streams)('W5 W6 $name, $payload', ({ name, payload, total, env }) => {
  test.skipIf(!s3Client(name).isThere)(
    `${size(total)} in one piece go through flat memory`,
    patient,
    async () => {
      const step: Step = { op: 'sized', ...data, key: payload, size: total };
      const { results, grown } = await watched(() =>
        s3Client(name).run(pod, [step], { env, timeout: 600_000 }),
      );
      expect(results).toMatchObject([{ ok: true }]);
      expect(service.seen.at(-1)).toMatchObject({ payload, size: total });
      expect(grown).toBeLessThan(150);
    },
  );
});

test.skipIf(findProgram('rclone') === undefined)(
  `rclone copies ${many} small objects over HTTP/2`,
  patient,
  async () => {
    const from = join(pod.dir, 'many');
    mkdirSync(from);
    for (let i = 0; i < many; i += 1) writeFileSync(join(from, `object ${i}`), `content ${i}`);
    const env = {
      RCLONE_CONFIG_S3_TYPE: 's3',
      RCLONE_CONFIG_S3_PROVIDER: 'AWS',
      RCLONE_CONFIG_S3_ENV_AUTH: 'true',
      RCLONE_CONFIG_S3_REGION: 'us-east-1',
      RCLONE_S3_NO_CHECK_BUCKET: 'true',
    };
    const args = ['copy', '--transfers', '32', '--s3-no-head', from, `s3:${buckets.data}/many`];
    const { status, err } = await pod.run('rclone', args, { env, timeout: 600_000 });
    expect(`${status} ${err}`).toMatch(/^0 /);
    const there = service.store.keys(buckets.data).filter((key) => key.startsWith('many/'));
    expect(there.length).toBe(many);
  },
);
