import type { CredentialSlots } from './auth.ts';
import type { HostPattern } from './host.ts';
import { type Authority, matchHost } from './host.ts';
import { findPlaceholder, placeholderFor } from './placeholder.ts';
import { rememberFields } from './remember-fields.ts';
import type { AgentRequest } from './request.ts';

/** Something that answers for hosts. */
export interface Claimant {
  readonly name: string;
  readonly provider: { readonly hosts: readonly HostPattern[] };
}

interface ContentClaimant extends Claimant {
  readonly provider: { readonly hosts: readonly HostPattern[]; readonly credentialSlots: CredentialSlots };
}

/** Finds who answers for a host: those that name it, else those whose wildcard fits, in the order given. */
export function createRouter<T extends Claimant>(
  claimants: readonly T[],
): (authority: Authority) => readonly T[] {
  const found = new Map<string, Map<number, readonly T[]>>();
  let size = 0;
  return (authority) => {
    const ofHost = found.get(authority.host);
    const known = ofHost?.get(authority.port);
    if (known !== undefined) return known;
    const best = bestFits(claimants, authority);
    if (best.length === 0 || size >= 1_000) return best;
    size += 1;
    found.set(authority.host, (ofHost ?? new Map<number, readonly T[]>()).set(authority.port, best));
    return best;
  };
}

/** The one of several claimants whose placeholder the request carries, if it carries one. */
export function findByPlaceholder<T extends Claimant>(
  claimants: readonly T[],
  request: AgentRequest,
): T | undefined {
  const carried = carriedIn(request.headers).placeholder ?? findPlaceholder(request.target);
  if (carried === undefined) return undefined;
  return claimants.find((claimant) => placeholderFor(claimant.name) === carried);
}

/** The one of several claimants whose placeholder the request carries in its content, where the service reads one. Never rejects. */
export async function findInContent<T extends ContentClaimant>(
  claimants: readonly T[],
  request: AgentRequest,
): Promise<T | undefined> {
  for (const claimant of claimants) {
    const { content } = claimant.provider.credentialSlots;
    // What cannot be read is for the resolver to refuse.
    const texts = await content?.(request).catch(() => []);
    const own = placeholderFor(claimant.name);
    if (texts?.some((text) => findPlaceholder(text) === own) === true) return claimant;
  }
  return undefined;
}

const carriedIn = rememberFields((headers) => {
  for (const text of headers) {
    const placeholder = findPlaceholder(text);
    if (placeholder !== undefined) return { placeholder };
  }
  return { placeholder: undefined };
});

function bestFits<T extends Claimant>(claimants: readonly T[], authority: Authority): readonly T[] {
  const fits = claimants.map((claimant) => ({ claimant, fit: fitOf(claimant, authority) }));
  const best = Math.max(0, ...fits.map(({ fit }) => fit));
  return best === 0 ? [] : fits.filter(({ fit }) => fit === best).map(({ claimant }) => claimant);
}

function fitOf(claimant: Claimant, authority: Authority): number {
  return Math.max(0, ...claimant.provider.hosts.map((pattern) => matchHost(pattern, authority)));
}
