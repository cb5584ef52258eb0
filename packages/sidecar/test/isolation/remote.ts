import { join } from 'node:path';
import {
  type AgentRequest,
  bodyOf,
  createPipeline,
  PaiError,
  type ProviderContext,
  Secret,
  type SecretReader,
} from '@pai/core';
import { compilePolicy } from '@pai/policy';
import { onTestFinished } from 'vitest';
import type { ProviderSpec } from '../../src/config.ts';
import type { IsolationLimits } from '../../src/isolation/keeper.ts';
import { loadIsolated } from '../../src/isolation/plugin.ts';
import { findPackage } from '../../src/plugin-packages.ts';
import { createProvider, loadPluginFor } from '../../src/plugins.ts';
import { loadTrusted } from '../../src/trusted-plugin.ts';

/** The directory of a package of this folder. */
export const packageAt = (name: string) => join(import.meta.dirname, '../plugins', name);

/** The secret of every Provider here. */
export const canary = 'canary-plugin-4b1f77aa90';

/** The lines of a key in the same Secret, each too long to stand in a text by chance. */
export const pemLines = ['MIIEvcanarycanarycanarycanarycanary1', 'VJTUtcanarycanarycanarycanarycanary2'];

/** What the Secret holds, by key. */
const stored: Readonly<Record<string, string>> = {
  token: canary,
  pem: ['-----BEGIN PRIVATE KEY-----', ...pemLines, '-----END PRIVATE KEY-----'].join('\n'),
  account: 'account-1234567890',
  // JSON spells it in another way.
  odd: 'canary-"5d\\1f"',
};

/** A request of an agent. */
export function requestTo(target: string, facts: Partial<AgentRequest> = {}): AgentRequest {
  const [path = '', query = ''] = target.split('?');
  return {
    id: 'a-request',
    method: 'GET',
    host: 'api.hostile.example',
    port: 443,
    target,
    path,
    query,
    headers: [],
    protocol: 'h1',
    body: bodyOf(''),
    ...facts,
  };
}

interface OpenOptions extends Partial<ProviderContext> {
  readonly limits?: IsolationLimits;
  /** In this process. */
  readonly isTrusted?: boolean;
  readonly atEnd?: (end: () => void) => void;
}

/** Loads a package of this folder into a process of its own, which ends with the test. */
export async function open(
  name: string,
  spec: object = {},
  { limits, isTrusted = false, atEnd = onTestFinished, ...context }: OpenOptions = {},
) {
  const logs: string[] = [];
  const log = (line: string) => void logs.push(line);
  const found = findPackage('/nonexistent', { package: packageAt(name) });
  const plugin = isTrusted
    ? await loadTrusted(name, found)
    : await loadIsolated({ label: name, ...found, ...(limits !== undefined && { limits }) }, log);
  const whole = { type: plugin.type, auth: { type: 'key', secretRef: 'a', secretKey: 'token' }, ...spec };
  const prepared = await loadPluginFor(new Map([[plugin.type, async () => plugin]]), whole);
  const life = new AbortController();
  atEnd(() => life.abort());
  const derived: string[] = [];
  const secrets: SecretReader = {
    read: (key, options) => {
      const value = Object.hasOwn(stored, key) ? stored[key] : undefined;
      if (value === undefined) throw new PaiError('secret_missing', `there is no key ${key}`);
      return new Secret(`a/${key}`, value, options);
    },
    derive: (of, value) => {
      derived.push(value);
      return new Secret(of, value);
    },
  };
  const provider = await createProvider(prepared, whole, {
    name: 'a-provider',
    secrets,
    fetch: async () => {
      throw new PaiError('destination_forbidden', 'provider a-provider may not fetch from there');
    },
    signal: life.signal,
    now: Date.now,
    log,
    ...context,
  });
  const { policy = { allow: ['*'] }, config, scope } = spec as Partial<ProviderSpec>;
  const { decide } = compilePolicy({
    name: 'a-provider',
    type: plugin.type,
    policy,
    services: config?.services,
    plugin: prepared,
    scope: provider.scope,
    hasScope: scope !== undefined,
  });
  const pipeline = createPipeline([
    { name: 'a-provider', type: plugin.type, provider, decide, enforcement: 'enforce', isLogged: true },
  ]);
  return { plugin, prepared, provider, pipeline, logs, derived, end: () => life.abort() };
}
