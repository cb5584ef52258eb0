import type { Readable } from 'node:stream';
import type { AuditEvent } from './audit.ts';
import type { Body } from './body.ts';
import type { Decide } from './decision.ts';
import type { PaiError } from './errors.ts';
import type { Provider, ResponseHead } from './provider.ts';
import type { Redactor } from './redactor.ts';
import type { LocalResponse, UpstreamRequest } from './request.ts';

/** One Provider resource, made ready to judge and to serve. */
export interface AttachedProvider {
  /** `metadata.name`. */
  readonly name: string;
  readonly type: string;
  readonly provider: Provider;
  readonly decide: Decide;
  readonly enforcement: 'enforce' | 'audit';
  /** `audit.logRequests`: false keeps only what was not plainly allowed. */
  readonly isLogged: boolean;
  /** Masks the Provider's credentials in responses. Left out: responses are passed on as they are. */
  readonly redactor?: Redactor;
}

/** What is done to the content of a response, if anything is. */
export type Filtering = ((content: Readable) => Readable) | undefined;

/** A request that goes on to its service. */
export interface ForwardOutcome {
  readonly kind: 'forward';
  readonly by: AttachedProvider;
  readonly request: UpstreamRequest;
  /** The Provider's response filter, bound to this request. */
  readonly filter?: ((head: ResponseHead) => Filtering) | undefined;
  /** The same, where the Provider takes time to look at the head; then there is no `filter`. */
  readonly filterLater?: ((head: ResponseHead) => Promise<Filtering>) | undefined;
  /**
   * Undefined when a response is no refusal of the credential. Else it gets another and gives the request with it, or
   * undefined when there is none. The content of the request has to be in memory to be sent again.
   */
  readonly renew?: ((head: ResponseHead) => Promise<UpstreamRequest | undefined> | undefined) | undefined;
  /** Why a response must not be passed on, once nothing is renewed any more. */
  readonly rejects?: ((head: ResponseHead) => PaiError | undefined) | undefined;
  /** What the agent gets when there is no response to pass on. */
  readonly refuse: (error: PaiError) => LocalResponse;
  /** The same in the service's own shape, where that takes time; `refuse` is in Pai's then. */
  readonly refuseLater?: ((error: PaiError) => Promise<LocalResponse>) | undefined;
  readonly event: AuditEvent;
}

/** A request that Pai answers itself: denied, refused, or a token endpoint. */
export interface RespondOutcome {
  readonly kind: 'respond';
  readonly by?: AttachedProvider;
  readonly response: LocalResponse;
  /** Content of the request that is to be read to its end, and thrown away, before the response. */
  readonly unread?: Body;
  readonly event: AuditEvent;
}

/** What becomes of a request. Whoever holds it finishes `event` and writes it, once. */
export type Outcome = ForwardOutcome | RespondOutcome;
