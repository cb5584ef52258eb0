import type { AgentRequest } from './request.ts';

/** One thing a request does. */
export interface Action {
  /** In the service's own vocabulary: `pulls:create`, `s3:GetObject`, `chat.postMessage`. */
  readonly name: string;
  /** What it is done to, as scope patterns spell it: `owner/repo`, an ARN, a channel id. */
  readonly resource?: string;
  /** The part of the resource it is done to, where a scope names such parts: a git reference, `refs/heads/main`. */
  readonly part?: string;
  /** It is known to touch no such part, so that no scope of parts has anything to say about it. */
  readonly hasNoPart?: boolean;
  /** Region it is done in, where the request names one and the Provider is of one. */
  readonly region?: string;
  /** What a tool is called with. An action without it is no call of a tool. */
  readonly arguments?: Readonly<Record<string, unknown>>;
  /** `any`: it can reach resources that the request does not name, so that no scope can be shown to hold it. */
  readonly reach?: 'any';
}

/** Never empty: a request that does nothing that can be named is unresolved. */
export type Actions = readonly [Action, ...Action[]];

/** What a request means, or why that cannot be said. */
export type Resolution = { readonly actions: Actions } | { readonly unresolved: string };

/** What the policy says of a request, with the rule that made it so. */
export interface Verdict {
  readonly effect: 'allow' | 'deny';
  /** Where the rule stands, e.g. `policy.deny[0]`, `scope.repositories`, `unresolved`. */
  readonly rule: string;
  /** One sentence for people and language models: what happened and what to change. */
  readonly reason: string;
}

/** Judges one request by one Provider's policy. Pure. */
export type Decide = (request: AgentRequest, resolution: Resolution) => Verdict;

/** Why a request gets no answer of its service, as a Provider's `deny` renders it. */
export interface Denial {
  readonly provider: string;
  /** `deny`: the policy does not allow the request. `refuse`: it cannot be sent, or nothing came back. */
  readonly decision: 'deny' | 'refuse';
  /** The HTTP status that says so, unless the service's clients expect another; 403 for `deny`. */
  readonly status: number;
  /** For `refuse` the error code. */
  readonly rule: string;
  /** The whole sentence: Provider, action, rule and remedy. */
  readonly message: string;
  readonly requestId: string;
  /** None for `refuse`. */
  readonly actions: readonly Action[];
}
