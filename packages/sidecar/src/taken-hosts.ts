import { formatAuthority, type HostPattern, matchHost, PaiError } from '@pai/core';
import type { ComposedProvider } from './compose.ts';
import { isPrepared } from './plugins.ts';

/** A Provider that claims what is another type's. */
export interface TakenHost {
  readonly by: ComposedProvider;
  /** `config_invalid`. */
  readonly error: PaiError;
}

/**
 * Every isolated Provider that claims a host of a Provider of another type: it would be shown requests that are not for
 * it. Providers of one type may share their hosts.
 */
export function findTakenHosts(attached: readonly ComposedProvider[]): readonly TakenHost[] {
  return attached.flatMap((by) => {
    if (!isPrepared(by.plugin)) return [];
    const others = attached.filter(({ type }) => type !== by.type);
    const taken = others.flatMap((other) =>
      by.provider.hosts.flatMap((mine) =>
        other.provider.hosts.some((theirs) => overlap(mine, theirs)) ? [{ mine, other }] : [],
      ),
    );
    const [first] = taken;
    if (first === undefined) return [];
    const { mine, other } = first;
    const host = formatAuthority({ host: mine.host, port: mine.port ?? 443 });
    const why = `its plugin claims ${host}, which is ${other.name}'s (${other.type}); a third party's type shares no host with another type`;
    return [{ by, error: new PaiError('config_invalid', why) }];
  });
}

function overlap(a: HostPattern, b: HostPattern): boolean {
  return matchHost(a, sampleOf(b)) > 0 || matchHost(b, sampleOf(a)) > 0;
}

function sampleOf({ host, port = 443 }: HostPattern) {
  return { host: host.replace(/^\*{1,2}\./, 'x.'), port };
}
