import { readFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { AuditEvent } from '@pai/core';
import Fastify from 'fastify';
import { expect, onTestFinished, vi } from 'vitest';
import type { GateOptions } from '../../src/embed/gate.ts';
import { type PaiPluginOptions, pai } from '../../src/fastify.ts';
import { createPolicyInterceptor, type InterceptorOptions } from '../../src/undici.ts';
import { canaries, type Rig } from '../engine/rig.ts';

let count = 0;

type AtEnd = (end: () => Promise<unknown>) => void;

/** What an embedded gate on the home of a rig is made from, with an audit log of its own. */
export function gateOptions({ home, reach }: Rig): GateOptions & { readonly lines: string[] } {
  count += 1;
  const lines: string[] = [];
  const auditLog = join(home, '..', `embedded-${count}.log`);
  return { home, ...reach, auditLog, log: (line) => void lines.push(line), lines };
}

/** The audit lines of a gate, once there are `wanted` since the last look; fails when there are more. */
function auditReader(auditLog: string): (wanted: number) => Promise<AuditEvent[]> {
  let seen = 0;
  return async (wanted) => {
    const lines = await vi.waitFor(
      async () => {
        const text = await readFile(auditLog, 'utf8');
        for (const canary of Object.values(canaries)) expect(text).not.toContain(canary);
        const read = text.split('\n').filter(Boolean).slice(seen);
        expect(read.length).toBeGreaterThanOrEqual(wanted);
        return read;
      },
      { timeout: 5_000, interval: 20 },
    );
    seen += lines.length;
    expect(lines).toHaveLength(wanted);
    return lines.map((line) => JSON.parse(line) as AuditEvent);
  };
}

/** A Fastify application that listens on loopback with the plugin below `/pai`. */
export async function startApp(
  rig: Rig,
  {
    atEnd = (end) => onTestFinished(async () => void (await end())),
    ...options
  }: Partial<PaiPluginOptions> & { atEnd?: AtEnd } = {},
) {
  const given = { ...gateOptions(rig), ...options };
  // A limit of Node's, for the whole server: the sidecar's is 64 KiB.
  const app = Fastify({ http: { maxHeaderSize: 64 * 1024 }, forceCloseConnections: true });
  await app.register(pai, { ...given, prefix: '/pai' });
  await app.listen({ host: '127.0.0.1', port: 0 });
  atEnd(() => app.close());
  const { port } = app.server.address() as AddressInfo;
  return {
    app,
    port,
    base: `http://127.0.0.1:${port}/pai`,
    audit: auditReader(given.auditLog),
    lines: given.lines,
  };
}

/** An interceptor on the home of a rig. */
export async function startInterceptor(
  rig: Rig,
  {
    atEnd = (end) => onTestFinished(async () => void (await end())),
    ...options
  }: Partial<InterceptorOptions> & { atEnd?: AtEnd } = {},
) {
  const given = { ...gateOptions(rig), ...options };
  const policy = await createPolicyInterceptor(given);
  atEnd(() => policy.close(0));
  return { ...policy, audit: auditReader(given.auditLog), lines: given.lines };
}
