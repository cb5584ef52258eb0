import { describe, expect, test } from 'vitest';
import type { AwsPod } from './pod.ts';
import { type S3Client, type Step, s3Clients } from './s3-clients.ts';
import { agent, buckets } from './s3-provider.ts';

const MiB = 1 << 20;

/** What differs between upstreams. */
export interface ClientTests {
  readonly pod: () => AwsPod;
  /** For every client. */
  readonly env?: Readonly<Record<string, string>>;
  /** Steps that the upstream cannot serve a client, whatever is between them. */
  readonly spares?: (client: S3Client, step: Step) => boolean;
}

/** Every client does what it may, and is told why in its own words what it may not. */
export function describeS3Clients({ pod, env = {}, spares = () => false }: ClientTests): void {
  describe.each(s3Clients)('$name', (client) => {
    const { name, denied, isThere, can } = client;
    const folder = `${name.replace(/[^a-z0-9]/gi, '')}/`;
    const data = { bucket: buckets.data };
    const key = `${folder}a b+c.txt`;
    const run = async (steps: readonly Step[]) => {
      const able = steps.filter((step) => can.has(step.op) && !spares(client, step));
      const results = await client.run(pod(), able, { env });
      return new Map(able.map((step, i) => [step, results[i]]));
    };

    test.skipIf(!isThere)('writes, reads and lists, with a credential it never held', async () => {
      const text = `hello from ${name}`;
      const put: Step = { op: 'put', ...data, key, text };
      const get: Step = { op: 'get', ...data, key };
      const list: Step = { op: 'list', ...data, prefix: folder };
      const stream: Step = { op: 'stream', ...data, key: `${folder}stream`, size: 6 * MiB };
      const head: Step = { op: 'head', ...data, key: stream.key ?? '' };
      const doesStream = can.has('stream') && !spares(client, stream);
      const presigned: Step = { op: 'presigned-get', ...data, key };
      const results = await run([put, get, list, stream, ...(doesStream ? [head] : []), presigned]);
      const failed = [...results].filter(([, result]) => result?.ok !== true);
      expect(failed).toEqual([]);
      expect(results.get(get)?.value).toBe(text);
      expect(results.get(list)?.value).toEqual([key]);
      if (doesStream && can.has('head')) expect(results.get(head)?.value).toBe(6 * MiB);
      if (results.has(presigned)) expect(results.get(presigned)?.value).toBe(text);
    });

    test.skipIf(!isThere)('is told why in its own exception', async () => {
      const put: Step = { op: 'put', ...data, key: `${folder}keep`, text: 'keep' };
      const remove: Step = { op: 'delete', ...data, key: `${folder}keep` };
      const outside: Step = { op: 'list', bucket: buckets.other, prefix: '' };
      const results = await run([put, remove, outside]);
      expect(results.get(put)?.ok).toBe(true);
      expect(results.get(remove)?.error).toMatch(denied);
      expect(results.get(remove)?.message).toContain(
        `${agent}: s3:DeleteObject is denied by policy.deny[0] "s3:DeleteObject"`,
      );
      expect(results.get(outside)?.error).toMatch(denied);
      expect(results.get(outside)?.message).toMatch(/arn:aws:s3:::pai-other.* is not in scope\.resources/);
    });
  });
}
