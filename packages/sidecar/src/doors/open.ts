import { getServers } from 'node:dns';
import { matchHost } from '@pai/core';
import type { Runtime } from '../runtime.ts';
import { openAdminDoor } from './admin.ts';
import { createDnsDoor } from './dns.ts';
import { type ListenAddress, parseListen } from './listen.ts';
import { openProxyDoor } from './proxy.ts';
import { type Door, openTlsDoor } from './tls.ts';
import { createTunnel } from './tunnel.ts';

/** Which doors to open, and where. */
export interface DoorOptions {
  /** TLS doors. One on 127.0.0.1 listens on ::1 too, where that is free. */
  readonly listen?: readonly ListenAddress[];
  readonly proxy?: readonly ListenAddress[];
  readonly dns?: ListenAddress;
  /** DNS servers for what no Provider claims. Default the system's. */
  readonly dnsUpstream?: readonly ListenAddress[];
  readonly admin?: ListenAddress;
  /** What becomes of hosts that no Provider claims. Default `deny`. */
  readonly egress?: 'deny' | 'tunnel';
  readonly agent?: string | undefined;
}

/** Where each door listens, by its option's name. */
export type DoorAddresses = Readonly<Record<'listen' | 'proxy' | 'dns' | 'admin', readonly ListenAddress[]>>;

/** The doors that are open. */
export interface Doors {
  readonly addresses: DoorAddresses;
  /** Takes no new connections; the admin door stays open and says so. */
  close(): void;
  /** Closes the admin door too, and cuts off what the doors serve themselves. */
  end(): void;
}

/** Opens the doors, admin last. Rejects with a sentence, and none open, when one of them cannot open. */
export async function openDoors(options: DoorOptions, runtime: Runtime): Promise<Doors> {
  const { engine, terminator, isClaimed, metrics, live, audit } = runtime;
  const opened: Door[] = [];
  const keep = (door: Door): ListenAddress => {
    opened.push(door);
    return door.at;
  };
  let isDraining = false;
  const close = () => {
    isDraining = true;
    for (const door of opened) door.close();
  };
  try {
    const listen: ListenAddress[] = [];
    for (const at of options.listen ?? []) {
      const first = keep(await openTlsDoor({ at, terminator, isClaimed }));
      listen.push(first);
      if (at.address !== '127.0.0.1') continue;
      const twin = openTlsDoor({ at: { address: '::1', port: first.port }, terminator, isClaimed });
      await twin.then((door) => listen.push(keep(door))).catch(() => undefined);
    }
    const tunnel =
      options.egress === 'tunnel' ? createTunnel(engine, runtime.resolveHost, options.agent) : undefined;
    const proxy: ListenAddress[] = [];
    for (const at of options.proxy ?? []) {
      proxy.push(keep(await openProxyDoor({ at, ...runtime, tunnel, agent: options.agent })));
    }
    const dns = options.dns === undefined ? [] : [keep(await openDns(options.dns, options, listen, runtime))];
    let admin: Door | undefined;
    if (options.admin !== undefined) {
      admin = await openAdminDoor({
        at: options.admin,
        unready: () => (isDraining ? 'draining' : audit.obstacle()?.message),
        metrics: () =>
          metrics.render({
            pai_requests_active: engine.active(),
            pai_configuration_generation: live.generation(),
            pai_audit_lines_lost: audit.lost(),
          }),
      });
    }
    const addresses = { listen, proxy, dns, admin: admin === undefined ? [] : [admin.at] };
    const end = () => {
      admin?.close();
      tunnel?.destroy();
      for (const door of opened) door.destroy?.();
    };
    return { addresses, close, end };
  } catch (thrown) {
    close();
    throw thrown;
  }
}

async function openDns(
  at: ListenAddress,
  options: DoorOptions,
  listen: readonly ListenAddress[],
  { live }: Runtime,
): Promise<Door> {
  const v4 = listen.find(({ address }) => !address.includes(':'))?.address;
  const v6 = listen.find(({ address }) => address.includes(':'))?.address;
  const answers = {
    ...(v4 !== undefined && { v4: v4 === '0.0.0.0' ? '127.0.0.1' : v4 }),
    ...(v6 !== undefined && { v6: v6 === '::' ? '::1' : v6 }),
  };
  const door = createDnsDoor({
    listen: at,
    upstream: options.dnsUpstream ?? getServers().map((server) => systemServer(server)),
    claims: (host) =>
      live
        .attached()
        .some(({ provider }) =>
          provider.hosts.some((pattern) => matchHost({ host: pattern.host }, { host, port: 443 }) > 0),
        ),
    answers: () => answers,
  });
  return { at: await door.start(), close: () => void door.close() };
}

function systemServer(text: string): ListenAddress {
  const bare = /^[0-9a-f:.]+$/i.test(text) && (text.match(/:/g)?.length ?? 0) !== 1;
  return bare ? { address: text, port: 53 } : parseListen(text, 'the system DNS server');
}
