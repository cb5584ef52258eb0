import { join } from 'node:path';
import { pinSelf } from './cpus.ts';
import { realToken } from './exchange.ts';
import type { Home } from './homes.ts';
import type { Target } from './load/protocol.ts';
import type { Peer } from './peers/peer.ts';
import { type RunningProxy, startProxy } from './proxy.ts';
import { localName, type Service, services } from './services.ts';
import { createSite, type Site } from './site.ts';
import { type Load, startLoad, startUpstream, type Upstream } from './workers.ts';

/** One way to a service, open: a proxy that runs and has answered, or the direct one. */
export interface Way {
  readonly target: Target;
  /** None on the direct way. */
  readonly proxy?: RunningProxy;
}

/** What a way may be given beside its peer and its service. */
export interface WayOptions {
  /** The sidecar's state; default the site's. */
  readonly home?: Home;
  readonly env?: Readonly<Record<string, string>>;
  /** Another upstream than the rig's. */
  readonly upstreamPort?: number;
}

/** Everything that measurements stand on. */
export interface Rig {
  readonly site: Site;
  readonly upstreams: Readonly<Record<Service['name'], Upstream>>;
  readonly load: () => Load;
  /** Opens the way through a peer, of which the first answer may be anything. */
  open(peer: Peer, service: Service, options?: WayOptions): Promise<Way>;
  /** Puts a new load generator in place of one that may be stuck. */
  renewLoad(): Promise<void>;
  close(): Promise<void>;
}

/** Sets up everything that measurements stand on. */
export async function openRig(): Promise<Rig> {
  pinSelf();
  const site = await createSite();
  const closers: (() => void)[] = [];
  const close = async () => {
    for (const end of closers) end();
    await site.remove();
  };
  try {
    const started = services.map(async (service) => {
      const upstream = await startUpstream(service, site.certificates);
      closers.push(upstream.close);
      return [service.name, upstream] as const;
    });
    const upstreams = Object.fromEntries(await Promise.all(started)) as Rig['upstreams'];
    let load = await startLoad();
    closers.push(() => load.close());
    return {
      site,
      upstreams,
      load: () => load,
      open: (peer, service, options = {}) =>
        openWay(peer, service, site, { upstreamPort: upstreams[service.name].port, ...options }),
      async renewLoad() {
        load.close();
        load = await startLoad();
      },
      close,
    };
  } catch (thrown) {
    await close();
    throw thrown;
  }
}

async function openWay(
  peer: Peer,
  service: Service,
  site: Site,
  options: WayOptions & { readonly upstreamPort: number },
): Promise<Way> {
  const { upstreamPort } = options;
  const directory = await site.place(peer.name);
  const host = peer.needsConnect ? localName : service.host;
  const targetAt = (port: number): Target => ({
    port,
    host,
    path: service.path,
    token: peer.role === 'pass' ? realToken : service.placeholder,
    caFile: peer.caFile === undefined ? site.caFile : join(directory, peer.caFile),
    ...(peer.needsConnect && { connectTo: `${localName}:${upstreamPort}` }),
  });
  if (peer.launch === undefined) return { target: targetAt(upstreamPort) };
  const certificate = site.certificates[host];
  if (certificate === undefined) throw new Error(`there is no certificate for ${host}`);
  const { home = site.home, env = {} } = options;
  const place = { site, service, certificate, upstreamPort, home, directory };
  const proxy = await startProxy(peer, place, targetAt, { env });
  return { target: targetAt(proxy.port), proxy };
}
