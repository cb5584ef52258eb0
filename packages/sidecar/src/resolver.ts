import type { Resolver as DnsResolver } from 'node:dns/promises';
import { isIP } from 'node:net';
import { formatAuthority, PaiError, parseAuthority } from '@pai/core';
import { type FenceOptions, forbiddenReason } from './fence.ts';
import { isLoopback } from './loopback.ts';

/** One place to dial: the very address that was checked. */
interface Destination {
  readonly address: string;
  readonly family: 4 | 6;
  readonly port: number;
}

/** What an operator put in place of DNS for one host. */
export interface Override {
  readonly address: string;
  /** Default: the port that was asked for. */
  readonly port?: number;
}

/** How the sidecar finds services. */
export interface ResolverOptions {
  /** DNS servers as `ADDR` or `ADDR:PORT`; default the system's, which are looked up again when they do not answer. */
  readonly servers?: readonly string[];
  /** By `host`, or `host:port` for one port only; `**.host` for every host below it. They pass by DNS and the fence. */
  readonly overrides?: ReadonlyMap<string, Override>;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
}

/** Finds where the services are, without the system's own resolver, which leads back to the sidecar. */
export interface Resolver {
  /**
   * Every address of `host` that may be dialled, IPv4 first, never none. Throws `destination_forbidden` when there are
   * only others, and `upstream_unreachable` when there are none or no answer within 5 seconds.
   */
  resolve(host: string, port: number, options: FenceOptions): Promise<readonly Destination[]>;
}

/** A resolver that asks the DNS servers itself and remembers an answer for as long as it holds, 30 seconds at most. */
export function createResolver({ servers, overrides, now = Date.now }: ResolverOptions = {}): Resolver {
  for (const server of servers ?? []) checkServer(server);
  let dns: Promise<DnsResolver> | undefined;
  for (const [host, { address }] of overrides ?? []) checkOverride(host, address);
  const renew = async () => {
    const next = await createDns(servers ?? []);
    // The system may have been led to this sidecar's own DNS door by now.
    if (!next.getServers().some(isLoopback)) dns = Promise.resolve(next);
  };
  const ask = remember(async (host) => {
    dns ??= createDns(servers ?? []);
    // The machine may be in another network by now, and have other servers.
    return lookUp(await dns, host, () => void renew());
  }, now);

  return {
    resolve: async (host, port, options) => {
      const override = findOverride(overrides, host, port);
      if (override !== undefined) return [destination(override.address, override.port ?? port)];
      const literal = host.replace(/^\[(.*)\]$/, '$1');
      const addresses = isIP(literal) > 0 ? [literal] : await ask(host);
      const fenced = addresses.map((address) => ({ address, reason: forbiddenReason(address, options) }));
      const open = fenced.filter(({ reason }) => reason === undefined);
      if (open.length > 0) return open.map(({ address }) => destination(address, port));
      throw forbidden(formatAuthority({ host, port }), fenced[0]?.reason);
    },
  };
}

function findOverride(
  overrides: ResolverOptions['overrides'],
  host: string,
  port: number,
): Override | undefined {
  if (overrides === undefined) return undefined;
  const exact = overrides.get(`${host}:${port}`) ?? overrides.get(host);
  if (exact !== undefined) return exact;
  const parents = host.split('.').map((_, i, labels) => `**.${labels.slice(i + 1).join('.')}`);
  return parents.map((parent) => overrides.get(parent)).find((override) => override !== undefined);
}

function checkServer(server: string): void {
  const [, bracketed, bare = server] = /^(?:\[([^\]]+)\](?::\d+)?|([^:]+):\d+)$/.exec(server) ?? [];
  if (isIP(bracketed ?? bare) > 0) return;
  throw new PaiError('usage', `--dns-upstream ${server}: not an IP address with an optional port`);
}

/** Loaded by the first question: one that is answered by an override asks nobody. */
async function createDns(servers: readonly string[]): Promise<DnsResolver> {
  const { Resolver } = await import('node:dns/promises');
  const dns = new Resolver({ timeout: 1_500, tries: 3 });
  if (servers.length > 0) dns.setServers(servers);
  return dns;
}

interface Answer {
  readonly addresses: readonly string[];
  /** Seconds. */
  readonly ttl: number;
}

/** One question in flight per host; answers are kept for their TTL, failures for a second. */
function remember(
  ask: (host: string) => Promise<Answer>,
  now: () => number,
): (host: string) => Promise<readonly string[]> {
  const known = new Map<
    string,
    { readonly answer: Promise<Answer>; readonly since: number; until: number }
  >();
  return async (host) => {
    const kept = known.get(host);
    // A clock may be set back.
    if (kept !== undefined && now() >= kept.since && now() < kept.until) return (await kept.answer).addresses;
    const entry = { answer: ask(host), since: now(), until: Number.POSITIVE_INFINITY };
    known.delete(host);
    known.set(host, entry);
    const [oldest] = known.keys();
    if (known.size > 1_000 && oldest !== undefined) known.delete(oldest);
    try {
      const { addresses, ttl } = await entry.answer;
      entry.until = now() + Math.min(ttl, 30) * 1_000;
      return addresses;
    } catch (thrown) {
      entry.until = now() + 1_000;
      throw thrown;
    }
  };
}

async function lookUp(dns: DnsResolver, host: string, onSilence: () => void): Promise<Answer> {
  const failure = (problem: string) => {
    if (problem === silence) onSilence();
    return unreachable(host, problem);
  };
  const four = dns.resolve4(host, { ttl: true });
  const six = dns.resolve6(host, { ttl: true });
  six.catch(() => {});
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(failure(silence)), 5_000);
  });
  try {
    const first = await Promise.race([settled(four), deadline]);
    const grace = first.records.length > 0 ? delay(graceForIpv6) : deadline;
    const second = await Promise.race([settled(six), grace]);
    const records = [...first.records, ...second.records];
    if (records.length === 0) throw failure(problemOf(first.code ?? second.code));
    return {
      addresses: records.map(({ address }) => address),
      ttl: Math.min(...records.map(({ ttl }) => ttl)),
    };
  } finally {
    clearTimeout(timer);
  }
}

const silence = 'the DNS server does not answer';

/** With an IPv4 address in hand, a server that is slow with the IPv6 ones is not waited for (RFC 8305 section 3). */
const graceForIpv6 = 100;

interface Records {
  readonly records: readonly { readonly address: string; readonly ttl: number }[];
  readonly code?: string;
}

async function settled(query: Promise<Records['records']>): Promise<Records> {
  try {
    return { records: await query };
  } catch (thrown) {
    return { records: [], code: (thrown as NodeJS.ErrnoException).code ?? 'UNKNOWN' };
  }
}

function delay(milliseconds: number): Promise<Records> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds, { records: [] }).unref());
}

function problemOf(code: string | undefined): string {
  if (code === 'ENOTFOUND') return 'the name does not exist';
  if (code === 'ENODATA') return 'the name has no address';
  if (code === 'ETIMEOUT' || code === 'ECONNREFUSED') return silence;
  return `the DNS server failed (${code})`;
}

function destination(address: string, port: number): Destination {
  return { address, family: isIP(address) === 6 ? 6 : 4, port };
}

function checkOverride(host: string, address: string): void {
  if (!isOverridable(host)) {
    throw new PaiError(
      'usage',
      `--upstream ${JSON.stringify(host)} is not a host; write api.example.com, api.example.com:8443 or **.example.com for every host below it`,
    );
  }
  if (isIP(address) > 0) return;
  throw new PaiError(
    'usage',
    `--upstream ${host}: ${JSON.stringify(address)} is not an IP address; name one`,
  );
}

/** What is spelled in another way than the hosts of requests would silently lead nowhere. */
function isOverridable(text: string): boolean {
  const named = text.replace(/^\*\*\./, '');
  try {
    const { host, port } = parseAuthority(named, 443);
    return named === host || (named === text && named === `${host}:${port}`);
  } catch {
    return false;
  }
}

function unreachable(host: string, problem: string): PaiError {
  return new PaiError(
    'upstream_unreachable',
    `${host} cannot be resolved: ${problem}; check the name and the servers given with --dns-upstream, or give its address with --upstream ${host}=ADDR:PORT (neither /etc/hosts nor search domains are used)`,
  );
}

function forbidden(authority: string, reason: string | undefined): PaiError {
  const remedy =
    reason === 'a private address'
      ? 'name this very host in spec.host to allow it'
      : 'use --upstream if it is meant to be there';
  return new PaiError(
    'destination_forbidden',
    `${authority} leads to ${reason ?? 'no usable address'}, which is never dialled; ${remedy}`,
  );
}
