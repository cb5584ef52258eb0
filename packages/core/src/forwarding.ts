import type { AuditEvent } from './audit.ts';
import type { AttachedProvider, ForwardOutcome } from './outcome.ts';
import { prepareUpstream } from './prepare-upstream.ts';
import type { ResponseHead } from './provider.ts';
import type { AgentRequest, UpstreamRequest } from './request.ts';
import { lateRefusal, providerRefusal } from './response.ts';

/** What has become of a request that may go on. */
export interface Passed {
  readonly by: AttachedProvider;
  readonly request: AgentRequest;
  /** The request with content that is judged as it goes through. */
  readonly held: AgentRequest;
  readonly upstream: UpstreamRequest;
  readonly event: AuditEvent;
}

/** The outcome of a request that goes on. Every one has the same members. */
export function forwarding({ by, request, held, upstream, event }: Passed): ForwardOutcome {
  const { filter, filterLater, rejects, denyLater, renew, isRefusal = isUnauthorized } = by.provider;
  const again = async (isRenewed: boolean) => (isRenewed ? prepareUpstream(by.provider, held) : undefined);
  return {
    kind: 'forward',
    by,
    request: upstream,
    filter: filter && filterLater === undefined ? (head) => filter(head, request) : undefined,
    filterLater: filterLater && ((head) => filterLater(head, request)),
    renew: renew && ((head) => (isRefusal(head, upstream) ? renew(upstream, head).then(again) : undefined)),
    rejects: rejects && ((head) => rejects(head, request)),
    refuse: (error) => providerRefusal(error, request, by),
    refuseLater: denyLater && ((error) => lateRefusal(error, request, by)),
    event,
  };
}

function isUnauthorized({ status }: ResponseHead): boolean {
  return status === 401;
}
