import {
  type Action,
  type AgentRequest,
  type AuditDecision,
  createPipeline,
  PaiError,
  printable,
  type RawHeaders,
  type Resolution,
  resolveRequest,
  type UpstreamRequest,
  type Verdict,
} from '@pai/core';
import type { Step } from '@pai/policy';
import { type ComposedProvider, readSpelled } from '@pai/sidecar';

/** A request as people and files spell it. */
export interface SpelledRequest {
  readonly method: string;
  /** Absolute https URL. Its path is taken as it stands, dot segments and escapes included. */
  readonly url: string;
  readonly headers: RawHeaders;
  readonly body: Uint8Array | undefined;
}

/** The request as an agent would have sent it. Throws what a sidecar would refuse before it is judged. */
export function spellOut({ method, url, headers, body }: SpelledRequest): AgentRequest {
  const parts = /^https:\/\/([^/?#]*)([^#]*)/i.exec(url);
  if (parts === null) {
    throw new PaiError('malformed_request', `${printable(url)} is not an https URL; write https://HOST/PATH`);
  }
  if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(method)) {
    throw new PaiError('malformed_request', `${printable(method)} is not a method`);
  }
  const [, authority = '', rest = ''] = parts;
  const target = rest.startsWith('/') ? rest : `/${rest}`;
  if (!/^[\x21-\x7e]*$/.test(target)) {
    const message = `${printable(url)} has characters that no URL has; write them as escapes, such as %20`;
    throw new PaiError('malformed_request', message);
  }
  return readSpelled({ method, authority, target, headers, body });
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
  const asked = new Map<string, Asked>();
  const outcome = await createPipeline(attached.map((by) => listen(by, asked))).judge(request);
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
  // What Pai answers itself is not judged, and has a meaning all the same.
  const answered = async () => ({
    judged: request,
    resolution: await resolveRequest(by.provider, request),
  });
  const { judged, resolution } = asked.get(by.name) ?? (await answered());
  const verdict = by.decide(judged, resolution);
  return {
    by,
    ...('actions' in resolution
      ? { actions: resolution.actions }
      : { actions: [], unresolved: resolution.unresolved }),
    steps: asked.has(by.name) ? by.policy.explain(judged, resolution) : [],
    decision: isRefused ? refusal : decisionOf(decision, verdict, { rule, reason }),
    isOnlyLogged: decision === 'audit',
    ...(outcome.kind === 'forward' && { upstream: outcome.request }),
  };
}

/** What a Provider was asked to decide. */
interface Asked {
  readonly judged: AgentRequest;
  readonly resolution: Resolution;
}

/** The Provider, with what it is asked written down. */
function listen(by: ComposedProvider, asked: Map<string, Asked>): ComposedProvider {
  return {
    ...by,
    decide(judged, resolution) {
      asked.set(by.name, { judged, resolution });
      return by.decide(judged, resolution);
    },
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
