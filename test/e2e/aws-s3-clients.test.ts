import { copyFileSync, existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { SidecarPod } from './aws/pod.ts';
import { describeS3Clients } from './aws/s3-client-tests.ts';
import { type Step, s3Client, s3Clients } from './aws/s3-clients.ts';
import { useS3Pod } from './aws/s3-pod.ts';
import { agent, buckets } from './aws/s3-provider.ts';
import type { S3Service } from './aws/s3-service.ts';
import { findProgram } from './run-client.ts';

let service: S3Service;
let pod: SidecarPod;

useS3Pod('127.0.0.85', (started) => {
  ({ service, pod } = started);
});

const data = { bucket: buckets.data };
const seenSince = (from: number) => service.seen.slice(from);

describeS3Clients({ pod: () => pod });

/** W1: every key a path can be mistaken over. */
const keys = [
  'a b.txt',
  'a+b',
  '100%.txt',
  'a//b',
  '/leading',
  'trailing/',
  'a;b',
  'ü',
  '日本/語',
  '🎉',
  'a%2Fb',
  'a/../b',
  'a/./b',
  "it's (a) *~!",
  '&<>"=?#@:,$',
];
/** What some clients make another key of, whatever is between them and the service. */
const mistaken: Readonly<Record<string, readonly string[]>> = {};

describe.each(s3Clients.filter(({ can }) => can.has('presigned-get')))('$name', (client) => {
  test.skipIf(!client.isThere)('W1 W17 gets every key to the service as it is', async () => {
    const possible = keys.filter((key) => mistaken[client.name]?.includes(key) !== true);
    const before = service.seen.length;
    const steps = possible.flatMap((key): Step[] => [
      { op: 'put', ...data, key, text: `${client.name} ${key}` },
      { op: 'get', ...data, key },
    ]);
    const results = await client.run(pod, steps);
    const failed = results.filter(({ ok }) => !ok);
    expect(failed).toEqual([]);
    expect(seenSince(before).filter(({ refused }) => refused !== undefined)).toEqual([]);
    expect(results.filter((_, i) => i % 2 === 1).map(({ value }) => value)).toEqual(
      possible.map((key) => `${client.name} ${key}`),
    );
    expect(service.store.keys(buckets.data)).toEqual(expect.arrayContaining(possible));
  });

  test.skipIf(!client.isThere)('writes and reads an object with nothing in it', async () => {
    const key = `empty/${client.name}`;
    const results = await client.run(pod, [
      { op: 'put', ...data, key, text: '' },
      { op: 'head', ...data, key },
      { op: 'get', ...data, key },
    ]);
    expect(results.map(({ ok }) => ok)).toEqual([true, true, true]);
    expect(results.slice(1).map(({ value }) => value)).toEqual([0, '']);
  });
});

test('W5 W6 every form of a content arrives as it was sent', async () => {
  const forms = new Set(service.seen.map(({ payload }) => payload));
  expect([...forms]).toEqual(
    expect.arrayContaining(['hash', 'UNSIGNED-PAYLOAD', 'STREAMING-UNSIGNED-PAYLOAD-TRAILER']),
  );
});

describe.skipIf(findProgram('curl') === undefined)('curl', () => {
  const upload = async (bucket: string, ...more: string[]) => {
    const sha256 = 'x-amz-content-sha256: UNSIGNED-PAYLOAD';
    const args = ['-sSv', '-H', sha256, '-H', 'Expect: 100-continue', '--expect100-timeout', '20', '-T', '-'];
    const url = `https://${bucket}.s3.us-east-1.amazonaws.com/curl`;
    const { out, err } = await pod.run(
      'curl',
      [...args, ...more, '-w', ' %{http_version} %{size_upload}', url],
      {
        input: 'content',
      },
    );
    return { out, err };
  };

  test('is told to continue with its content, and what is denied is never sent', async () => {
    const sent = await upload(buckets.data, '--http1.1');
    expect(sent.err).toContain('< HTTP/1.1 100 Continue');
    expect(sent.out).toMatch(/ 1\.1 [1-9]/);
    const denied = await upload(buckets.other, '--http1.1');
    expect(denied.err).not.toContain('100 Continue');
    expect(denied.out).toMatch(/<Code>AccessDenied<\/Code>.* 1\.1 0$/s);
  });

  test('speaks HTTP/2', async () => {
    expect((await upload(buckets.data, '--http2')).out).toMatch(/^ 2 /);
    expect((await upload(buckets.other, '--http2')).out).toMatch(/<Code>AccessDenied<\/Code>.* 2 \d+$/s);
  });
});

/** Where the machine's image may have Terraform's providers: they are on no registry that tests reach. */
const plugins = '/opt/tf-plugins';
const hasTerraform = findProgram('terraform') !== undefined && existsSync(plugins);

test.skipIf(!hasTerraform)(
  'Terraform makes an object over HTTP/2, and is told why it may not destroy it',
  async () => {
    copyFileSync(join(import.meta.dirname, 'clients/aws/main.tf'), join(pod.dir, 'main.tf'));
    const settings = join(pod.dir, 'terraformrc');
    writeFileSync(
      settings,
      `provider_installation {\n  filesystem_mirror {\n    path = "${plugins}"\n  }\n}\n`,
    );
    const env = { TF_CLI_CONFIG_FILE: settings, CHECKPOINT_DISABLE: '1', TF_IN_AUTOMATION: '1' };
    const terraform = (...args: string[]) =>
      pod.run('terraform', [`-chdir=${pod.dir}`, ...args, '-no-color'], { env, timeout: 120_000 });
    const approved = ['-auto-approve', '-var', `bucket=${buckets.data}`];
    expect((await terraform('init')).err).toBe('');
    expect((await terraform('apply', ...approved)).out).toContain('1 added');
    expect(service.store.get(buckets.data, 'terraform/a b+c').content.size).toBe(12);
    const { err } = await terraform('destroy', ...approved);
    expect(err).toContain('AccessDenied');
    expect(err.replace(/\s*\n[│ ]*/g, ' ')).toContain(
      `${agent}: s3:DeleteObject is denied by policy.deny[0]`,
    );
  },
);

test.each(["boto3 (Debian's)", 'rclone'])('%s goes through HTTPS_PROXY', async (name) => {
  const client = s3Client(name);
  if (!client.isThere) return;
  const before = service.seen.length;
  const steps: Step[] = [
    { op: 'put', ...data, key: `proxied/${name}`, text: 'by the proxy door' },
    { op: 'delete', ...data, key: `proxied/${name}` },
  ];
  const env = { HTTPS_PROXY: `http://${pod.proxy}`, NO_PROXY: '' };
  const [put, remove] = await client.run(pod, steps, { env });
  expect(put?.ok).toBe(true);
  expect(remove?.message).toContain('s3:DeleteObject is denied');
  const methods = new Set(seenSince(before).map(({ method }) => method));
  expect(methods).toContain('PUT');
  expect(methods).not.toContain('DELETE');
});
