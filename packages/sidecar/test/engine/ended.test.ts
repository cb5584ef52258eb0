import type { ProviderPlugin } from '@pai/core';
import { expect, test, vi } from 'vitest';
import type { PreparedPlugin } from '../../src/isolation/plugin.ts';
import { builtinPlugins, loadPlugin, type Plugins } from '../../src/plugins.ts';
import { startSidecar } from '../../src/sidecar.ts';
import { httpProvider, startRig } from './rig.ts';

/** The usual plugins, of which one keeps the signal of every Provider that it makes, and waits before each. */
function watchedPlugins() {
  const signals: AbortSignal[] = [];
  const waiting = { for: Promise.resolve(), count: 0 };
  const plugins: Plugins = new Map([
    ...builtinPlugins,
    [
      'http-token',
      async () => {
        const plugin = (await loadPlugin(builtinPlugins, 'http-token')) as ProviderPlugin;
        const create: ProviderPlugin['create'] = (spec, context) => {
          signals.push(context.signal);
          return plugin.create(spec, context);
        };
        const prepare = async () => {
          waiting.count += 1;
          await waiting.for;
          return { ...plugin, create } as PreparedPlugin;
        };
        return { ...plugin, create, prepare };
      },
    ],
  ]);
  return { plugins, signals, waiting };
}

const door = { address: '127.0.0.1', port: 0 };

test('a start that fails leaves no Provider behind, and follows its home no longer', async () => {
  const rig = await startRig({ providers: [httpProvider('api')] });
  const { plugins, signals } = watchedPlugins();
  const auditLog = `${rig.home}/none/audit.jsonl`;
  const starting = startSidecar({ home: rig.home, plugins, auditLog, proxy: [door], log: () => {} });
  await expect(starting).rejects.toMatchObject({ code: 'state_unwritable' });
  expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
});

test('a configuration that is being loaded when the sidecar ends does not begin to serve', async () => {
  const rig = await startRig({ providers: [httpProvider('api')] });
  const { plugins, signals, waiting } = watchedPlugins();
  const lines: string[] = [];
  const log = (line: string) => void lines.push(line);
  const auditLog = `${rig.home}/audit.jsonl`;
  const sidecar = await startSidecar({ home: rig.home, plugins, auditLog, proxy: [door], log });
  const before = waiting.count;
  const loaded = Promise.withResolvers<void>();
  waiting.for = loaded.promise;
  await rig.apply(httpProvider('api').replace('"/forbidden"', '"/"'));
  await vi.waitFor(() => expect(waiting.count).toBeGreaterThan(before));
  await sidecar.close(0);
  loaded.resolve();
  await vi.waitFor(() => expect(signals.map(({ aborted }) => aborted)).toEqual([true, true]));
  expect(lines).toEqual([]);
});
