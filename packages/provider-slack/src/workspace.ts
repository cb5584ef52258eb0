import { createAnswers, type ProviderContext } from '@pai/core';
import { type CallSlack, pause, refused } from './web-api.ts';

/** Milliseconds for which a token's workspace is believed. */
const holds = 60 * 60_000;

/** Asks Slack under a base for the host of the workspace that the real token belongs to. Rejects with `credential_unavailable`. */
export function createWorkspaces(
  call: CallSlack,
  { now }: Pick<ProviderContext, 'now'>,
): (base: string) => Promise<string> {
  const answers = createAnswers<string>({ life: holds, pause, now });
  return (base) => answers(base, () => load(call, base));
}

async function load(call: CallSlack, base: string): Promise<string> {
  const answer = await call(base, 'auth.test');
  const { url } = answer;
  const [, host] = typeof url === 'string' ? (/^https:\/\/([a-z0-9.-]+)\/?$/.exec(url) ?? []) : [];
  if (host === undefined) throw refused('auth.test', answer);
  return host;
}
