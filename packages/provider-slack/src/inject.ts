import {
  type AuthInjector,
  formatAuthority,
  headerInjector,
  PaiError,
  removeParameter,
  type Secret,
  splitTarget,
  type UpstreamRequest,
} from '@pai/core';
import { doorOf } from './door.ts';
import { baseOf, roleOf } from './hosts.ts';
import { appLevelMethods } from './methods.ts';
import { longestContent } from './resolve.ts';

/** What goes on requests; what the Secret does not hold is undefined. */
export interface Credentials {
  readonly bot: Secret;
  readonly app: Secret | undefined;
  /** The URL of an incoming webhook. */
  readonly webhook: Secret | undefined;
  /**
   * The host of the workspace that the token belongs to, as Slack under `base` says; undefined where `spec.host` names
   * the one host that the token goes to.
   */
  readonly workspace: ((base: string) => Promise<string>) | undefined;
}

/** Puts the credential on that a request's host and path take, and on nothing else. */
export function createInjector(credentials: Credentials): AuthInjector {
  return async (request) => {
    const door = doorOf(request.host, splitTarget(request.target).path);
    if (door.kind === 'webhook') return writeWebhook(request, credentials.webhook);
    if (door.kind !== 'method' && door.kind !== 'download') return;
    const isAsked = roleOf(request.host) === 'workspace' && !isStub(credentials.bot);
    if (isAsked) await refuseStrange(request, credentials.workspace);
    if (door.kind === 'method') await removeParameter(request, 'token', longestContent);
    const isAppLevel = door.kind === 'method' && appLevelMethods.has(door.method);
    const token = isAppLevel ? credentials.app : credentials.bot;
    if (token === undefined) {
      throw missing('app_token', 'this method takes an app-level token (xapp-)');
    }
    headerInjector('authorization', 'Bearer ', token)(request);
  };
}

/** Names under slack.com that are no workspace may be served by others: the token goes to its own workspace only. */
async function refuseStrange(request: UpstreamRequest, workspace: Credentials['workspace']): Promise<void> {
  const base = baseOf(request.host);
  const own = base === undefined ? undefined : await workspace?.(base);
  if (own === undefined || own === request.host) return;
  throw new PaiError(
    'credential_unavailable',
    `the token belongs to ${own} and is not sent to ${formatAuthority(request)}; use ${base}`,
  );
}

/** The whole path is the credential, so that none of the agent's is kept. */
function writeWebhook(request: UpstreamRequest, webhook: Secret | undefined): void {
  if (webhook === undefined) throw missing('webhook_url', 'an incoming webhook is a credential of its own');
  const url = readWebhook(webhook);
  if (url.host !== request.host && !isStub(webhook)) {
    throw new PaiError('credential_unavailable', `secret ${webhook.name} is a webhook of another host`);
  }
  request.target = url.path;
}

/** The host and path of a webhook's URL. Throws `secret_invalid` when it is none. */
export function readWebhook(webhook: Secret): { host: string; path: string } {
  const [, host, path] = /^https:\/\/([a-z0-9.-]+)(\/services\/[\w/-]+)$/.exec(webhook.reveal()) ?? [];
  if (host !== undefined && path !== undefined) return { host, path };
  if (isStub(webhook)) return { host: '', path: `/services/${webhook}` };
  throw new PaiError(
    'secret_invalid',
    `secret ${webhook.name} is not the URL of an incoming webhook; store https://hooks.slack.com/services/… alone`,
  );
}

/** `pai explain` sends nothing, and has the names of secrets in place of their values. */
function isStub(secret: Secret): boolean {
  return secret.reveal() === secret.toString();
}

function missing(key: string, why: string): PaiError {
  return new PaiError('credential_unavailable', `${why}; add it to the Secret as the key ${key}`);
}
