import { readdirSync, readlinkSync } from 'node:fs';
import { type Body, defineProvider, parseHostPattern, placeholderFor } from '@pai/core';
import { credentialFields, providerSpec } from '@pai/policy';
import { Type } from 'typebox';
import { beforeEach, expect, test, vi } from 'vitest';
import { useRig } from './rig.ts';

const closed = { additionalProperties: false } as const;

/** What the credential of a request waits for, once its content is kept. */
let credential: PromiseWithResolvers<void>;
/** Held here, so that it is never collected. */
const kept: Body[] = [];

const slow = defineProvider({
  apiVersion: 'v1',
  type: 'slow',
  hasNoActions: true,
  spec: providerSpec({
    type: 'slow',
    host: 'required',
    auth: Type.Object({ type: Type.Literal('key'), ...credentialFields }, closed),
  }),
  create: (spec, { name, secrets, spool }) => {
    const token = secrets.read('token');
    return {
      hosts: [parseHostPattern(spec.host)],
      placeholders: { env: { SLOW: placeholderFor(name) } },
      credentialSlots: { headers: ['authorization'] },
      resolve: () => ({ actions: [{ name: 'request' }] }),
      scope: () => undefined,
      inject: async (request) => {
        if (spool !== undefined) request.body = await spool(request.body, () => {});
        kept.push(request.body);
        await credential.promise;
        request.headers.push('authorization', token.reveal());
      },
    };
  },
});

const rig = useRig({
  providers: [
    `apiVersion: pai.io/v1
kind: Provider
metadata: {name: api}
spec:
  type: slow
  host: api.example.com
  auth: {type: key, secretRef: api-token}
  policy: {allow: ["*"]}
`,
  ],
  sidecar: { plugins: new Map([['slow', async () => slow]]) },
});

beforeEach(() => {
  credential = Promise.withResolvers();
  kept.length = 0;
});

/** Files without a name in which content waits, as Linux shows them. */
function filesOfContent(): number {
  const links = readdirSync('/proc/self/fd').map((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`);
    } catch {
      return '';
    }
  });
  return links.filter((link) => /\/pai-[0-9a-f-]{36} \(deleted\)$/.test(link)).length;
}

/** Connections of this process, both ends of each. */
function connections(): number {
  return process.getActiveResourcesInfo().filter((kind) => kind === 'TCPSocketWrap').length;
}

const size = 3 * 1024 ** 2;
const post = `POST / HTTP/1.1\r\nHost: api.example.com\r\nContent-Length: ${size}\r\n\r\n${'x'.repeat(size)}`;

test.runIf(process.platform === 'linux')(
  'content on disk is let go of when its credential cannot be had',
  async () => {
    const line = await rig().line();
    line.send(post);
    await vi.waitFor(() => expect(kept).toHaveLength(1), 20_000);
    expect(filesOfContent()).toBe(1);
    credential.reject(new Error('not today'));
    const [event] = await rig().audit(1);
    expect(event).toMatchObject({ decision: 'refuse', error: 'credential_unavailable' });
    line.socket.destroy();
    await vi.waitFor(() => expect(filesOfContent()).toBe(0));
  },
);

test.runIf(process.platform === 'linux')(
  'content on disk is let go of when its agent leaves before it is sent',
  async () => {
    await vi.waitFor(() => expect(connections()).toBe(0), 20_000);
    const line = await rig().line();
    line.send(post);
    await vi.waitFor(() => expect(kept).toHaveLength(1), 20_000);
    line.socket.destroy();
    await vi.waitFor(() => expect(connections()).toBe(0), 20_000);
    credential.resolve();
    const [event] = await rig().audit(1);
    expect(event).toMatchObject({ error: 'agent_gone', status: 0 });
    await vi.waitFor(() => expect(filesOfContent()).toBe(0));
  },
);
