import type { ProviderContext } from '@pai/core';
import { createLookup } from './lookup.ts';
import { type CallSlack, unavailable } from './web-api.ts';

/** Milliseconds for which a token's workspace is believed. */
const holds = 60 * 60_000;

/** Asks Slack under a base for the host of the workspace that the real token belongs to. Rejects with `credential_unavailable`. */
export function createWorkspaces(
  call: CallSlack,
  { now }: Pick<ProviderContext, 'now'>,
): (base: string) => Promise<string> {
  return createLookup({ load: (base) => load(call, base), now, holds });
}

async function load(call: CallSlack, base: string): Promise<string> {
  const { url } = await call(base, 'auth.test');
  const [, host] = typeof url === 'string' ? (/^https:\/\/([a-z0-9.-]+)\/?$/.exec(url) ?? []) : [];
  if (host === undefined) throw unavailable('auth.test', 'Slack refused to say it');
  return host;
}
