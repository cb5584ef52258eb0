import { type LoginContext, PaiError } from '@pai/core';
import type { ListenAddress } from './doors/listen.ts';
import { formatListen } from './doors/listen.ts';
import { loadState } from './load-state.ts';
import { createLoginFetch } from './plugin-fetch.ts';
import { loadPluginFor, type Plugins } from './plugins.ts';
import { createResolver, type Override } from './resolver.ts';
import { createSecretStore } from './secrets.ts';
import { selectProviders } from './select.ts';
import { createConnect } from './upstream/connect.ts';
import { createUpstream } from './upstream/pool.ts';
import { createTrust } from './upstream/trust.ts';
import { createPluginSend } from './upstream-fetch.ts';

/** What a login is made from. */
export interface LogInOptions extends Pick<LoginContext, 'redirectUris' | 'authorize' | 'scopes' | 'log'> {
  readonly home: string;
  readonly namespace: string;
  /** The Provider's. */
  readonly name: string;
  readonly plugins: Plugins;
  /** As of a sidecar. */
  readonly dnsUpstream?: readonly ListenAddress[];
  readonly overrides?: ReadonlyMap<string, Override>;
  readonly upstreamCa?: string;
}

/** What became of the Secret of a Provider. */
export interface LoggedIn {
  readonly secret: string;
  readonly change: 'created' | 'updated' | 'unchanged';
}

/** Milliseconds for TCP and TLS to a server. */
const connectTimeout = 10_000;

/**
 * Has a person log in for a Provider, and stores what comes of it in its Secret. Throws `resource_missing`, `usage` for a
 * Provider that needs no login, and `login_failed`.
 */
export async function logIn(options: LogInOptions): Promise<LoggedIn> {
  const { home, namespace, name, plugins, redirectUris, authorize, scopes, log } = options;
  const state = await loadState(home, plugins);
  const [provider] = selectProviders(state, { namespace, names: [name] }).providers;
  const { spec } = provider ?? {};
  const plugin = spec && (await loadPluginFor(plugins, spec));
  const login = spec && plugin?.login?.(spec);
  const secret = spec?.auth?.secretRef;
  if (login === undefined || secret === undefined) {
    throw new PaiError(
      'usage',
      `provider ${name} needs no login: its credential is what pai add secret stores`,
    );
  }
  const network = openNetwork(options);
  try {
    const store = createSecretStore(home);
    const change = await login({
      name,
      stored: await store.look(namespace, secret),
      fetch: createLoginFetch(network.send, plugin?.tokenHosts?.(spec) ?? []),
      redirectUris,
      authorize,
      scopes,
      now: Date.now,
      log,
    });
    return { secret, change: await store.change(namespace, secret, async () => change) };
  } finally {
    network.close();
  }
}

/** As a sidecar reaches services: its own resolver, fence and trust. */
function openNetwork({ dnsUpstream, overrides, upstreamCa }: LogInOptions) {
  const { resolve } = createResolver({
    ...(dnsUpstream !== undefined && { servers: dnsUpstream.map(formatListen) }),
    ...(overrides !== undefined && { overrides }),
  });
  const connect = createConnect({ secureContext: createTrust(upstreamCa), timeout: connectTimeout });
  const upstream = createUpstream(
    (host, port, isPrivateAllowed) => resolve(host, port, { isPrivateAllowed }),
    connect,
  );
  return { send: createPluginSend(upstream, upstream), close: upstream.close };
}
