import { PaiError, parseAuthority } from '@pai/core';
import type { Ca } from '../ca.ts';
import type { ComposedProvider } from '../compose.ts';
import { formatListen, type ListenAddress } from '../doors/listen.ts';
import type { Runtime, RuntimeOptions } from '../runtime.ts';
import type { IdentityFiles } from './identity.ts';
import type { KeyRing } from './key-ring.ts';

/** Everything a gateway can be told. */
export interface GatewayOptions extends Omit<RuntimeOptions, 'agent' | 'names' | 'isWanted' | 'detachDelay'> {
  readonly listen: ListenAddress;
  /** Names that it is asked for by. Default: its address, and localhost where that is loopback. */
  readonly hosts?: readonly string[];
  /** Default: certificates of the CA in `caDir`. */
  readonly tls?: IdentityFiles;
  /** Origins that are let in. Default none. */
  readonly origins?: readonly string[];
  readonly admin?: ListenAddress;
  /** Most connections at one time. Default 10,000. */
  readonly maxConnections?: number;
  /** Milliseconds since the epoch, for expiry and limits. Default the system's clock. */
  readonly now?: () => number;
}

/** A running gateway. */
export interface Gateway {
  readonly ca: Ca;
  readonly at: ListenAddress;
  readonly admin: ListenAddress | undefined;
  /** Names that it is asked for by. */
  readonly names: readonly string[];
  /** The Providers that it serves to those who have a key for them. */
  readonly attached: () => readonly ComposedProvider[];
  /** Takes nothing new, lets what is under way finish for `patience` milliseconds (default 10,000), then cuts it off. */
  close(patience?: number): Promise<void>;
}

/** Serves the Providers of a namespace whose `externalAccess` is enabled. Rejects with a sentence, and nothing left open. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { listen, log, origins = [], now = Date.now, namespace = 'default' } = options;
  const names = namesOf(options);
  const [{ createRuntime }, { endRuntime, settleRuntime }, parts] = await Promise.all([
    import('../runtime.ts'),
    import('../end-runtime.ts'),
    import('./parts.ts'),
  ]);
  const identity = options.tls && parts.identityOfFiles(options.tls, { log });
  const runtime = await createRuntime({
    ...options,
    detachDelay: 0,
    isWanted: ({ spec }) => spec.externalAccess?.enabled === true,
  });
  const counts = parts.createDailyCounts(options.home, now);
  const visits = parts.createVisits();
  let known: KeyRing | undefined;
  const onChange = () => {
    if (known !== undefined) visits.recheck(known);
  };
  const follow = { home: options.home, namespace, now, log, onChange };
  const ring = await parts.followKeys(follow).catch(async (thrown: unknown) => {
    await endRuntime(runtime);
    throw thrown;
  });
  known = ring;
  const all = parts.createLazyAggregate({ runtime, ring, visits, counts, now, log });
  const stop = async () => {
    ring.close();
    all.close();
    await endRuntime(runtime);
    counts.close();
  };
  try {
    const door = await parts.openGatewayDoor({
      at: listen,
      runtime,
      identity: identity ?? parts.identityOfCa(runtime.ca, names),
      callers: { names, origins },
      ring,
      counts,
      failures: parts.createFailures(now),
      visits,
      serveAll: all.serve,
      now,
      maxConnections: options.maxConnections,
    });
    const admin =
      options.admin && (await openAdmin(options.admin, runtime).catch((thrown) => fail(door.close, thrown)));
    return {
      ca: runtime.ca,
      at: door.at,
      admin: admin?.at,
      names,
      attached: runtime.live.attached,
      async close(patience = 10_000) {
        door.close();
        runtime.servers.close();
        all.close();
        // What is answered here is not all the engine's.
        const active = () => runtime.engine.active() + visits.size();
        await settleRuntime({ engine: { active } }, patience);
        door.destroy?.();
        await stop();
        admin?.close();
      },
    };
  } catch (thrown) {
    await stop();
    throw thrown;
  }
}

function fail(close: () => void, thrown: unknown): never {
  close();
  throw thrown;
}

/** Throws `usage` where no name can be told from the address. */
function namesOf({ listen, hosts = [] }: GatewayOptions): readonly [string, ...string[]] {
  const { address } = listen;
  const isAny = address === '0.0.0.0' || address === '::';
  const named = hosts.map((text) => parseAuthority(text, 443).host);
  const bare = address.includes(':') ? `[${address}]` : address.toLowerCase();
  const isLoopback = address === '::1' || /^127\./.test(address) || address === 'localhost';
  const own = isLoopback ? [bare, 'localhost', '127.0.0.1', '[::1]'] : isAny ? [] : [bare];
  const [first, ...rest] = new Set([...named, ...own]);
  if (first !== undefined) return [first, ...rest];
  throw new PaiError(
    'usage',
    `a gateway on ${formatListen(listen)} has no name of its own; say with --host what its clients call it`,
  );
}

async function openAdmin(at: ListenAddress, { audit, engine, live, metrics }: Runtime) {
  const { openAdminDoor } = await import('../doors/admin.ts');
  return openAdminDoor({
    at,
    unready: () => audit.obstacle()?.message,
    metrics: () =>
      metrics.render({
        pai_requests_active: engine.active(),
        pai_configuration_generation: live.generation(),
        pai_audit_lines_lost: audit.lost(),
      }),
  });
}
