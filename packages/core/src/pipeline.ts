import { type AuditEvent, auditPrefix, openAudit, type RequestFacts, recordActions } from './audit.ts';
import { type CredentialSlots, concealPath, shownPath, withoutPathCredentials } from './auth.ts';
import { type Awaitable, andThen, isPending } from './awaitable.ts';
import type { Action, Resolution, Verdict } from './decision.ts';
import { PaiError, toPaiError } from './errors.ts';
import { forwarding } from './forwarding.ts';
import { expectsGrpc } from './grpc.ts';
import { withoutNamedFields } from './headers.ts';
import { type Authority, formatAuthority, isAnswered, printable } from './host.ts';
import { holdContent } from './later-content.ts';
import type { AttachedProvider, Outcome, RespondOutcome } from './outcome.ts';
import { readPath } from './path.ts';
import { prepareUpstream } from './prepare-upstream.ts';
import type { AgentRequest, LocalResponse } from './request.ts';
import { resolveAtOnce } from './resolve-request.ts';
import { denialResponse, lateRefusal, refusalResponse } from './response.ts';
import { createRouter, findByPlaceholder, findInContent } from './route.ts';

/** One generation of the configuration. It never changes; a reload makes another. */
export interface Pipeline {
  readonly attached: readonly AttachedProvider[];
  /** The Providers that answer for a host, most specific only; empty when none does. */
  readonly claims: (authority: Authority) => readonly AttachedProvider[];
  /** The facts of a request that cannot be judged, without what could be a credential in their path. */
  readonly conceal: (facts: RequestFacts) => RequestFacts;
  /**
   * Routes, resolves, decides and injects. Never throws: every failure is an outcome, which is a promise only where
   * something has to be waited for.
   */
  readonly judge: (request: AgentRequest) => Outcome | Promise<Outcome>;
}

/** The one way a request takes, for every door. `now` is in milliseconds since the epoch. */
export function createPipeline(
  attached: readonly AttachedProvider[],
  now: () => number = Date.now,
): Pipeline {
  const claims = createRouter(attached);
  const hasPathSlots = attached.some(
    ({ provider: { credentialSlots: slots } }) => (slots.path ?? slots.shownPath) !== undefined,
  );
  return {
    attached,
    claims,
    conceal: (facts) => ({
      ...facts,
      path: concealPath(facts.path, slotsOf(facts.host === '' ? attached : claims(facts))),
    }),
    judge: (agents) => {
      const candidates = claims(agents);
      const slots = hasPathSlots ? slotsOf(candidates) : [];
      const request = withoutPathCredentials(asItGoesOn(agents), slots);
      const path = shownPath(request.path, slots);
      const event = openAudit(path === request.path ? request : { ...request, path }, now());
      const fail = (thrown: unknown) => {
        const by = attached.find(({ name }) => name === event.provider);
        return refuse(toPaiError(thrown, 'the request could not be judged'), request, event, by);
      };
      try {
        const outcome = andThen(choose(candidates, agents), (chosen) =>
          judgeBy({ candidates: chosen, request, event, denials: [] }),
        );
        return isPending(outcome) ? outcome.catch(fail) : outcome;
      } catch (thrown) {
        return fail(thrown);
      }
    },
  };
}

function asItGoesOn(request: AgentRequest): AgentRequest {
  const headers = withoutNamedFields(request.headers);
  return headers === request.headers ? request : { ...request, headers };
}

function slotsOf(claimants: readonly AttachedProvider[]): CredentialSlots[] {
  return claimants.map(({ provider }) => provider.credentialSlots);
}

function choose(
  candidates: readonly AttachedProvider[],
  request: AgentRequest,
): Awaitable<readonly AttachedProvider[]> {
  if (candidates.length === 0) {
    const host = formatAuthority(request);
    throw new PaiError(
      'misdirected_request',
      `no attached Provider claims ${host}; attach one whose spec.host is ${host}`,
    );
  }
  if (request.provider !== undefined) return [namedBy(request, candidates)];
  if (candidates.length === 1) return candidates;
  const carried = findByPlaceholder(candidates, request);
  if (carried !== undefined) return [carried];
  const isInContent = candidates.some(({ provider }) => provider.credentialSlots.content !== undefined);
  if (!isInContent || request.body.length === 0) return candidates;
  return findInContent(candidates, request).then((found) => (found === undefined ? candidates : [found]));
}

function namedBy(request: AgentRequest, candidates: readonly AttachedProvider[]): AttachedProvider {
  const named = candidates.find(({ name }) => name === request.provider);
  if (named !== undefined) return named;
  const names = candidates.map(({ name }) => name).join(', ');
  throw new PaiError(
    'misdirected_request',
    `${printable(request.provider ?? '')} does not answer for ${formatAuthority(request)}; ${names} does`,
  );
}

/** What one Provider makes of a request. */
interface Opinion {
  readonly by: AttachedProvider;
  readonly resolution: Resolution;
  readonly verdict: Verdict;
}

/** A request, and what those who were asked have made of it so far. */
interface Trial {
  readonly candidates: readonly AttachedProvider[];
  readonly request: AgentRequest;
  readonly event: AuditEvent;
  readonly denials: Opinion[];
  /** The answer of one that leaves the request to others. */
  unknown?: () => Outcome;
}

function judgeBy(trial: Trial, from = 0): Awaitable<Outcome> {
  for (let at = from; at < trial.candidates.length; at += 1) {
    const outcome = ask(trial.candidates[at] as AttachedProvider, trial);
    if (isPending(outcome)) return outcome.then((found) => found ?? judgeBy(trial, at + 1));
    if (outcome !== undefined) return outcome;
  }
  return conclude(trial);
}

/** Undefined where the next one is to be asked. */
function ask(by: AttachedProvider, trial: Trial): Awaitable<Outcome | undefined> {
  const { request, event } = trial;
  const { provider } = by;
  event.provider = by.name;
  if (provider.hasOpaquePaths !== true) readPath(request.path);
  return andThen(provider.answer?.(request), (response) => {
    if (response === undefined) {
      return andThen(resolveAtOnce(provider, request), (resolution) => decide(by, resolution, trial));
    }
    if (!leavesToOthers(response, by, request)) return answer(response, by, event);
    trial.unknown ??= () => answer(response, by, event);
    return undefined;
  });
}

function decide(
  by: AttachedProvider,
  resolution: Resolution,
  { request, event, denials }: Trial,
): Awaitable<Outcome | undefined> {
  const opinion = { by, resolution, verdict: by.decide(request, resolution) };
  if (opinion.verdict.effect === 'allow') return forward(opinion, request, event);
  denials.push(opinion);
  return undefined;
}

function conclude({ request, event, denials, unknown }: Trial): Awaitable<Outcome> {
  if (unknown !== undefined) return unknown();
  const lenient = denials.find(({ by }) => by.enforcement === 'audit');
  return lenient === undefined ? deny(denials, request, event) : forward(lenient, request, event);
}

/** Several Providers may answer for one metadata address: what one knows nothing of, the next may know. */
function leavesToOthers(
  { status }: LocalResponse,
  { provider }: AttachedProvider,
  request: AgentRequest,
): boolean {
  return status === 404 && isAnswered(provider.hosts, request);
}

function answer(response: LocalResponse, by: AttachedProvider, event: AuditEvent): Outcome {
  event.provider = by.name;
  event.decision = 'answer';
  event.rule = 'answer';
  event.enforcement = by.enforcement;
  return { kind: 'respond', by, response, event };
}

function forward(opinion: Opinion, request: AgentRequest, event: AuditEvent): Awaitable<Outcome> {
  const { by, verdict } = opinion;
  record(opinion, event);
  event.decision = verdict.effect === 'allow' ? 'allow' : 'audit';
  if (event.decision === 'audit') {
    event.reason = verdict.reason;
    event.message = auditPrefix + verdict.reason;
  }
  if (isAnswered(by.provider.hosts, request)) {
    throw new PaiError(
      'destination_forbidden',
      `${formatAuthority(request)} is answered here and nowhere else, and this request has no answer`,
    );
  }
  return andThen(holdContent(by, request, event), (held) =>
    andThen(prepareUpstream(by.provider, held), (upstream) =>
      forwarding({ by, request, held, upstream, event }),
    ),
  );
}

function deny(opinions: readonly Opinion[], request: AgentRequest, event: AuditEvent): Awaitable<Outcome> {
  const [first] = opinions as [Opinion];
  record(first, event);
  event.decision = 'deny';
  event.reason = opinions.map(({ verdict }) => verdict.reason).join('; ');
  const denial = {
    provider: first.by.name,
    decision: 'deny' as const,
    status: 403,
    rule: first.verdict.rule,
    message: event.reason,
    requestId: request.id,
    actions: actionsOf(first.resolution),
  };
  return andThen(denialResponse(denial, request, first.by.provider), (response) =>
    respond(response, request, event, first.by),
  );
}

async function refuse(
  error: PaiError,
  request: AgentRequest,
  event: AuditEvent,
  by: AttachedProvider | undefined,
): Promise<Outcome> {
  event.decision = 'refuse';
  event.rule = error.code;
  event.error = error.code;
  event.reason = error.message;
  delete event.message;
  const response =
    by === undefined
      ? refusalResponse(error, request.id, expectsGrpc(request))
      : await lateRefusal(error, request, by);
  return respond(response, request, event, by);
}

function respond(
  response: LocalResponse,
  request: AgentRequest,
  event: AuditEvent,
  by: AttachedProvider | undefined,
): RespondOutcome {
  return {
    kind: 'respond',
    ...(by !== undefined && { by }),
    response,
    ...(response.isAfterContent === true && { unread: request.body }),
    event,
  };
}

function record({ by, resolution, verdict }: Opinion, event: AuditEvent): void {
  event.provider = by.name;
  event.enforcement = by.enforcement;
  event.rule = verdict.rule;
  recordActions(event, actionsOf(resolution));
  if ('unresolved' in resolution) event.unresolved = resolution.unresolved;
}

function actionsOf(resolution: Resolution): readonly Action[] {
  return 'actions' in resolution ? resolution.actions : [];
}
