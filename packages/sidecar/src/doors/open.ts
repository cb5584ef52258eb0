import { isIPv4, isIPv6 } from 'node:net';
import { matchHost, PaiError } from '@pai/core';
import type { Runtime } from '../runtime.ts';
import type { Terminator } from '../terminate.ts';
import { type ListenAddress, parseListen } from './listen.ts';
import { type Door, openTlsDoor } from './tls.ts';
import type { Tunnel } from './tunnel.ts';

/** Which doors to open, and where. */
export interface DoorOptions {
  /** TLS doors. One on 127.0.0.1 listens on ::1 too, where that is free. */
  readonly listen?: readonly ListenAddress[];
  readonly proxy?: readonly ListenAddress[];
  /** Redirected connections. On 127.0.0.1 it listens on ::1 too, where that is free. */
  readonly transparent?: ListenAddress;
  /** Base URLs, on loopback only. On 127.0.0.1 it listens on ::1 too, where that is free. */
  readonly baseUrl?: ListenAddress;
  readonly dns?: ListenAddress;
  /** DNS servers for what no Provider claims. Default the system's. */
  readonly dnsUpstream?: readonly ListenAddress[];
  readonly admin?: ListenAddress;
  /** What becomes of hosts that no Provider claims. Default `deny`. */
  readonly egress?: 'deny' | 'tunnel';
  /** Most connections a door serves at one time. Default 10,000. */
  readonly maxConnections?: number;
  /** Most tunnels to hosts that no Provider claims. Default 4,000. */
  readonly maxTunnels?: number;
  readonly agent?: string | undefined;
}

/** Where each door listens, by its option's name. */
export type DoorAddresses = Readonly<
  Record<'listen' | 'proxy' | 'transparent' | 'baseUrl' | 'dns' | 'admin', readonly ListenAddress[]>
>;

/** The doors that are open. */
export interface Doors {
  readonly addresses: DoorAddresses;
  /** Takes no new connections; the admin door stays open and says so. */
  close(): void;
  /** Closes the admin door too, and cuts off what the doors serve themselves. */
  end(): void;
}

/** Opens the doors, admin last; what a door needs is loaded when it is wanted. Rejects with a sentence, and none open, when one of them cannot open. */
export async function openDoors(options: DoorOptions, runtime: Runtime): Promise<Doors> {
  const { live } = runtime;
  const { agent } = options;
  const serving = { ...runtime, ...options, agent };
  const opened: Door[] = [];
  const keep = (doors: readonly Door[]): readonly ListenAddress[] => {
    opened.push(...doors);
    return doors.map(({ at }) => at);
  };
  let isDraining = false;
  const close = () => {
    isDraining = true;
    for (const door of opened) door.close();
  };
  const isClaimedHost = claimsOf(live);
  const { tunnel, passthrough } = await openEgress(options, runtime, isClaimedHost);
  const { accept } = passthrough ?? runtime.terminator;
  const attached = () => live.pipeline().attached;
  const openers = {
    tls: (at: ListenAddress) => openTlsDoor({ ...serving, at, accept }),
    proxy: async (at: ListenAddress) =>
      (await import('./proxy.ts')).openProxyDoor({ ...serving, at, tunnel }),
    transparent: async (at: ListenAddress) =>
      (await import('./transparent.ts')).openTransparentDoor({ ...serving, at, accept }),
    baseUrl: async (at: ListenAddress) =>
      (await import('./base-url.ts')).openBaseUrlDoor({ ...serving, at, attached }),
  };
  try {
    const listen: ListenAddress[] = [];
    for (const at of options.listen ?? []) listen.push(...keep(await openTwins(at, openers.tls)));
    const proxy: ListenAddress[] = [];
    for (const at of options.proxy ?? []) proxy.push(...keep([await openers.proxy(at)]));
    const transparent =
      options.transparent && keep(await openTwins(options.transparent, openers.transparent));
    const baseUrl = options.baseUrl && keep(await openTwins(options.baseUrl, openers.baseUrl));
    const dns = options.dns && keep([await openDns(options.dns, options, listen, isClaimedHost)]);
    const admin = options.admin && (await openAdmin(options.admin, runtime, () => isDraining));
    return {
      addresses: {
        listen,
        proxy,
        transparent: transparent ?? [],
        baseUrl: baseUrl ?? [],
        dns: dns ?? [],
        admin: admin === undefined ? [] : [admin.at],
      },
      close,
      end() {
        admin?.close();
        tunnel?.destroy();
        passthrough?.destroy();
        for (const door of opened) door.destroy?.();
      },
    };
  } catch (thrown) {
    close();
    throw thrown;
  }
}

/** What carries hosts that no Provider claims, where that is let through. */
async function openEgress(
  { egress, agent, maxTunnels }: DoorOptions,
  runtime: Runtime,
  isClaimedHost: (host: string) => boolean,
): Promise<{ tunnel?: Tunnel; passthrough?: Terminator }> {
  if (egress !== 'tunnel') return {};
  const [{ createTunnel }, { createPassthrough }] = await Promise.all([
    import('./tunnel.ts'),
    import('./passthrough.ts'),
  ]);
  const tunnel = createTunnel({ ...runtime, agent, maxTunnels });
  runtime.onChange(tunnel.reconsider);
  return { tunnel, passthrough: createPassthrough({ ...runtime, tunnel, isClaimedHost, agent }) };
}

/** Whether a Provider answers for a host (lower case, no trailing dot), on any port. */
function claimsOf(live: Runtime['live']): (host: string) => boolean {
  return (host) =>
    live
      .attached()
      .some(({ provider }) =>
        provider.hosts.some((pattern) => matchHost({ host: pattern.host }, { host, port: 443 }) > 0),
      );
}

/** A door on 127.0.0.1 opens on ::1 too, where that is free. */
async function openTwins(
  at: ListenAddress,
  open: (at: ListenAddress) => Promise<Door>,
): Promise<readonly Door[]> {
  const first = await open(at);
  if (at.address !== '127.0.0.1') return [first];
  const twin = await open({ address: '::1', port: first.at.port }).catch(() => undefined);
  return twin === undefined ? [first] : [first, twin];
}

async function openAdmin(at: ListenAddress, runtime: Runtime, isDraining: () => boolean): Promise<Door> {
  const { openAdminDoor } = await import('./admin.ts');
  const { audit, engine, live, metrics } = runtime;
  return openAdminDoor({
    at,
    unready: () => (isDraining() ? 'draining' : audit.obstacle()?.message),
    metrics: () =>
      metrics.render({
        pai_requests_active: engine.active(),
        pai_configuration_generation: live.generation(),
        pai_audit_lines_lost: audit.lost(),
      }),
  });
}

async function openDns(
  at: ListenAddress,
  options: DoorOptions,
  listen: readonly ListenAddress[],
  claims: (host: string) => boolean,
): Promise<Door> {
  const v6 = listen.find(({ address }) => isIPv6(address))?.address;
  // What listens on all of IPv6 takes IPv4 too.
  const v4 = listen.find(({ address }) => isIPv4(address))?.address ?? (v6 === '::' ? '0.0.0.0' : undefined);
  if ((v4 ?? v6) === undefined) {
    throw new PaiError(
      'usage',
      'the DNS door leads hosts to the TLS door, and there is none at an address; add --listen 127.0.0.1:443',
    );
  }
  const answers = {
    ...(v4 !== undefined && { v4: v4 === '0.0.0.0' ? '127.0.0.1' : v4 }),
    ...(v6 !== undefined && { v6: v6 === '::' ? '::1' : v6 }),
  };
  const [{ createDnsDoor }, { getServers }] = await Promise.all([import('./dns.ts'), import('node:dns')]);
  const door = createDnsDoor({
    listen: at,
    upstream: options.dnsUpstream ?? getServers().map((server) => systemServer(server)),
    claims,
    answers: () => answers,
  });
  return { at: await door.start(), close: () => void door.close() };
}

function systemServer(text: string): ListenAddress {
  const bare = /^[0-9a-f:.]+$/i.test(text) && (text.match(/:/g)?.length ?? 0) !== 1;
  return bare ? { address: text, port: 53 } : parseListen(text, 'the system DNS server');
}
