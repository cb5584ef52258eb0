import { type AuditEvent, auditPrefix, openAudit, type RequestFacts, recordActions } from './audit.ts';
import { type CredentialSlots, concealPath, shownPath, withoutPathCredentials } from './auth.ts';
import type { Action, Actions, Resolution, Verdict } from './decision.ts';
import { PaiError, toPaiError } from './errors.ts';
import { expectsGrpc } from './grpc.ts';
import { withoutNamedFields } from './headers.ts';
import { type Authority, formatAuthority, isAnswered, printable } from './host.ts';
import { holdContent } from './later-content.ts';
import type { AttachedProvider, Outcome, RespondOutcome } from './outcome.ts';
import { readPath } from './path.ts';
import { prepareUpstream } from './prepare-upstream.ts';
import type { Provider, ResponseHead } from './provider.ts';
import type { AgentRequest, LocalResponse } from './request.ts';
import { denialResponse, lateRefusal, providerRefusal, refusalResponse } from './response.ts';
import { createRouter, findByPlaceholder } from './route.ts';

/** One generation of the configuration. It never changes; a reload makes another. */
export interface Pipeline {
  readonly attached: readonly AttachedProvider[];
  /** The Providers that answer for a host, most specific only; empty when none does. */
  readonly claims: (authority: Authority) => readonly AttachedProvider[];
  /** The facts of a request that cannot be judged, without what could be a credential in their path. */
  readonly conceal: (facts: RequestFacts) => RequestFacts;
  /** Routes, resolves, decides and injects. Never throws: every failure is an outcome. */
  readonly judge: (request: AgentRequest) => Promise<Outcome>;
}

/** The one way a request takes, for every door. `now` is in milliseconds since the epoch. */
export function createPipeline(
  attached: readonly AttachedProvider[],
  now: () => number = Date.now,
): Pipeline {
  const claims = createRouter(attached);
  return {
    attached,
    claims,
    conceal: (facts) => ({
      ...facts,
      path: concealPath(facts.path, slotsOf(facts.host === '' ? attached : claims(facts))),
    }),
    judge: async (agents) => {
      const candidates = claims(agents);
      const slots = slotsOf(candidates);
      const request = withoutPathCredentials(asItGoesOn(agents), slots);
      const path = shownPath(request.path, slots);
      const event = openAudit(path === request.path ? request : { ...request, path }, now());
      try {
        return await judgeBy(choose(candidates, agents), request, event);
      } catch (thrown) {
        const by = attached.find(({ name }) => name === event.provider);
        return await refuse(toPaiError(thrown, 'the request could not be judged'), request, event, by);
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

function choose(candidates: readonly AttachedProvider[], request: AgentRequest): readonly AttachedProvider[] {
  if (candidates.length === 0) {
    const host = formatAuthority(request);
    throw new PaiError(
      'misdirected_request',
      `no attached Provider claims ${host}; attach one whose spec.host is ${host}`,
    );
  }
  if (request.provider !== undefined) return [namedBy(request, candidates)];
  const carried = candidates.length === 1 ? undefined : findByPlaceholder(candidates, request);
  return carried === undefined ? candidates : [carried];
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

async function judgeBy(
  candidates: readonly AttachedProvider[],
  request: AgentRequest,
  event: AuditEvent,
): Promise<Outcome> {
  const denials: Opinion[] = [];
  let unknown: (() => Outcome) | undefined;
  for (const by of candidates) {
    event.provider = by.name;
    if (by.provider.hasOpaquePaths !== true) readPath(request.path);
    const response = by.provider.answer && (await by.provider.answer(request));
    if (response !== undefined && !leavesToOthers(response, by, request)) return answer(response, by, event);
    if (response !== undefined) {
      unknown ??= () => answer(response, by, event);
      continue;
    }
    const resolution = await resolveRequest(by.provider, request);
    const opinion = { by, resolution, verdict: by.decide(request, resolution) };
    if (opinion.verdict.effect === 'allow') return forward(opinion, request, event);
    denials.push(opinion);
  }
  if (unknown !== undefined) return unknown();
  const lenient = denials.find(({ by }) => by.enforcement === 'audit');
  return lenient === undefined ? await deny(denials, request, event) : forward(lenient, request, event);
}

/** Several Providers may answer for one metadata address: what one knows nothing of, the next may know. */
function leavesToOthers(
  { status }: LocalResponse,
  { provider }: AttachedProvider,
  request: AgentRequest,
): boolean {
  return status === 404 && isAnswered(provider.hosts, request);
}

/** What a Provider's resolver says. Never throws: a resolver that fails, or names nothing, leaves the request unresolved. */
export async function resolveRequest(provider: Provider, request: AgentRequest): Promise<Resolution> {
  try {
    const { actions, unresolved }: Partial<Record<string, unknown>> = await provider.resolve(request);
    if (typeof unresolved === 'string') return { unresolved };
    if (Array.isArray(actions) && actions.length > 0) return { actions: actions as unknown as Actions };
    return { unresolved: 'the resolver named no action' };
  } catch (thrown) {
    return { unresolved: toPaiError(thrown, 'the resolver failed').message };
  }
}

function answer(response: LocalResponse, by: AttachedProvider, event: AuditEvent): Outcome {
  event.provider = by.name;
  event.decision = 'answer';
  event.rule = 'answer';
  event.enforcement = by.enforcement;
  return { kind: 'respond', by, response, event };
}

async function forward(opinion: Opinion, request: AgentRequest, event: AuditEvent): Promise<Outcome> {
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
  const { filter, filterLater, rejects, denyLater, renew, isRefusal = isUnauthorized } = by.provider;
  const held = await holdContent(by, request, event);
  const upstream = await prepareUpstream(by.provider, held);
  return {
    kind: 'forward',
    by,
    request: upstream,
    ...(filterLater !== undefined && { filterLater: (head) => filterLater(head, request) }),
    ...(filter !== undefined && filterLater === undefined && { filter: (head) => filter(head, request) }),
    ...(rejects !== undefined && { rejects: (head) => rejects(head, request) }),
    ...(renew !== undefined && {
      renew: (head) =>
        isRefusal(head, upstream)
          ? renew(upstream, head).then((isRenewed) =>
              isRenewed ? prepareUpstream(by.provider, held) : undefined,
            )
          : undefined,
    }),
    refuse: (error) => providerRefusal(error, request, by),
    ...(denyLater !== undefined && { refuseLater: (error) => lateRefusal(error, request, by) }),
    event,
  };
}

function isUnauthorized({ status }: ResponseHead): boolean {
  return status === 401;
}

async function deny(
  opinions: readonly Opinion[],
  request: AgentRequest,
  event: AuditEvent,
): Promise<Outcome> {
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
  return respond(await denialResponse(denial, request, first.by.provider), request, event, first.by);
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
