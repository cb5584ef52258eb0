import { randomUUID } from 'node:crypto';
import {
  type Action,
  type AgentRequest,
  type AuditDecision,
  bodyOf,
  createPipeline,
  emptyBody,
  getHeader,
  PaiError,
  parseAuthority,
  printable,
  type RawHeaders,
  resolveRequest,
  splitTarget,
  type UpstreamRequest,
  type Verdict,
} from '@pai/core';
import type { Step } from '@pai/policy';
import type { ComposedProvider } from '@pai/sidecar';

/** A request as people and files spell it. */
export interface SpelledRequest {
  readonly method: string;
  /** Absolute https URL. Its path is taken as it stands, dot segments and escapes included. */
  readonly url: string;
  readonly headers: RawHeaders;
  readonly body: Uint8Array | undefined;
}

/** The request as an agent would have sent it. Throws `malformed_request` when no agent could. */
export function spellOut({ method, url, headers, body }: SpelledRequest): AgentRequest {
  const parts = /^https:\/\/([^/?#]*)([^#]*)/i.exec(url);
  if (parts === null) throw new PaiError('malformed_request', `${printable(url)} is not an https URL`);
  if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(method)) {
    throw new PaiError('malformed_request', `${printable(method)} is not a method`);
  }
  const rest = parts[2] as string;
  const target = rest.startsWith('/') ? rest : `/${rest}`;
  const isMeasured = body === undefined || getHeader(headers, 'content-length') !== undefined;
  return {
    id: randomUUID(),
    method,
    ...parseAuthority(parts[1] as string, 443),
    target,
    ...splitTarget(target),
    headers: isMeasured ? headers : [...headers, 'Content-Length', String(body.length)],
    protocol: 'h1',
    body: body === undefined ? emptyBody : bodyOf(body),
  };
}

/** What becomes of a request, and why. */
export interface Explanation {
  /** The Provider that judged it; none when no Provider got so far. */
  readonly by?: ComposedProvider;
  readonly actions: readonly Action[];
  readonly unresolved?: string;
  readonly steps: readonly Step[];
  readonly decision: { readonly effect: 'allow' | 'deny'; readonly rule: string; readonly reason: string };
  /** The policy denies the request, and `enforcement: audit` lets it through. */
  readonly isOnlyLogged: boolean;
  /** The request that would go up. */
  readonly upstream?: UpstreamRequest;
}

/** Takes a request the one way that every request takes, and says what happened on it. */
export async function explainRequest(
  attached: readonly ComposedProvider[],
  request: AgentRequest,
): Promise<Explanation> {
  const outcome = await createPipeline(attached).judge(request);
  const { rule, reason, decision } = outcome.event;
  const by = attached.find(({ name }) => name === outcome.event.provider);
  const isRefused = decision === 'refuse';
  const refusal = { effect: 'deny', rule, reason: reason ?? '' } as const;
  // What is refused after it was judged still has a meaning, which the policy allows.
  if (by === undefined || (isRefused && outcome.event.actions.length === 0)) {
    return {
      ...(by && { by }),
      actions: [],
      unresolved: refusal.reason,
      steps: [],
      decision: refusal,
      isOnlyLogged: false,
    };
  }
  const resolution = await resolveRequest(by.provider, request);
  const verdict = by.decide(request, resolution);
  return {
    by,
    ...('actions' in resolution
      ? { actions: resolution.actions }
      : { actions: [], unresolved: resolution.unresolved }),
    steps: by.policy.explain(request, resolution),
    decision: isRefused ? refusal : decisionOf(decision, verdict, { rule, reason }),
    isOnlyLogged: decision === 'audit',
    ...(outcome.kind === 'forward' && { upstream: outcome.request }),
  };
}

function decisionOf(
  decision: AuditDecision,
  verdict: Verdict,
  { rule, reason }: { readonly rule: string; readonly reason: string | undefined },
): Explanation['decision'] {
  if (decision === 'answer') {
    return { effect: 'allow', rule, reason: 'answered by the sidecar itself, with placeholders' };
  }
  return { ...verdict, reason: reason ?? verdict.reason };
}
