import type { Action } from './decision.ts';
import { formatAuthority } from './host.ts';
import type { AgentRequest } from './request.ts';

/** How a request ended, before the service was asked. `audit` is a denial that `enforcement: audit` let through. */
export type AuditDecision = 'allow' | 'deny' | 'audit' | 'refuse' | 'answer' | 'tunnel';

/**
 * One line of the audit log. It is made from the agent's request only, so that no credential can be in it; `path` has
 * no query.
 */
export interface AuditEvent {
  /** RFC 3339, UTC, milliseconds. */
  readonly time: string;
  readonly request_id: string;
  agent?: string | undefined;
  provider?: string | undefined;
  readonly method: string;
  readonly host: string;
  readonly path: string;
  actions: string[];
  resources: string[];
  /** The parts of the resources that are touched, where they are known: git references. */
  parts?: string[];
  /** Why the request could not be resolved. */
  unresolved?: string;
  decision: AuditDecision;
  rule: string;
  reason?: string;
  enforcement: 'enforce' | 'audit';
  /** For a denial that was not enforced: `AUDIT (not blocked): ` and the reason. */
  message?: string;
  /** Stable code of a refusal or of a failure after the decision. */
  error?: string;
  /** Status the agent got; 0 when the connection ended before there was one. */
  status: number;
  /** Status of a gRPC call, when it came to one. */
  grpc_status?: number;
  /** Content bytes from the agent and to the agent. */
  bytes_in: number;
  bytes_out: number;
  /** Milliseconds from the request's head to the end of the response. */
  duration_ms: number;
  /** How many times the response held the credential; each was masked, or the response was cut off there. */
  redactions?: number;
  /** Why the response was not searched for the credential to its end. */
  unscanned?: string;
  /** The service refused the credential with 401, so that it was renewed and the request sent once more. */
  replayed?: boolean;
  /** Milliseconds of that which passed waiting for the service's response head. */
  upstream_duration_ms?: number;
}

/** The text that marks a denial which was not enforced. */
export const auditPrefix = 'AUDIT (not blocked): ';

/** The part of a request that is known even when the rest cannot be read. */
export type RequestFacts = Pick<AgentRequest, 'id' | 'method' | 'host' | 'port' | 'path' | 'agent'>;

/** The event of a request that has not been judged yet: a refusal, until something better is known. */
export function openAudit(request: RequestFacts, now: number): AuditEvent {
  return {
    time: timeOf(now),
    request_id: request.id,
    agent: request.agent,
    provider: undefined,
    method: request.method,
    host: formatAuthority(request),
    path: request.path,
    actions: [],
    resources: [],
    decision: 'refuse',
    rule: '',
    enforcement: 'enforce',
    status: 0,
    bytes_in: 0,
    bytes_out: 0,
    duration_ms: 0,
  };
}

let lastTime = { now: Number.NaN, text: '' };

/** Many requests share a millisecond. */
function timeOf(now: number): string {
  if (lastTime.now !== now) lastTime = { now, text: new Date(now).toISOString() };
  return lastTime.text;
}

/** Writes what a request does into its event. */
export function recordActions(event: AuditEvent, actions: readonly Action[]): void {
  const names: string[] = [];
  const resources: string[] = [];
  const parts: string[] = [];
  for (const { name, resource, part } of actions) {
    names.push(name);
    if (resource !== undefined) resources.push(resource);
    if (part !== undefined) parts.push(part);
  }
  event.actions = names;
  event.resources = distinct(resources);
  if (parts.length > 0) event.parts = distinct(parts);
}

/** Most names of one kind in an event, when they come one after another. */
const most = 200;

/** Adds to an event what a request does besides, as its content shows it. Of each kind the first 200 are kept. */
export function recordLater(event: AuditEvent, actions: readonly Action[]): void {
  for (const { name, resource, part } of actions) {
    addName(event.actions, name);
    if (resource !== undefined) addName(event.resources, resource);
    if (part === undefined || event.parts?.includes(part) === true) continue;
    event.parts ??= [];
    addName(event.parts, part);
  }
}

function addName(names: string[], name: string): void {
  if (names.length < most && !names.includes(name)) names.push(name);
}

function distinct(names: string[]): string[] {
  return names.length < 2 ? names : [...new Set(names)];
}
