import assert from 'node:assert/strict';
import { inspect, isDeepStrictEqual } from 'node:util';
import type { Attack, Case, Group } from './conformance-case.ts';
import { type RequestText, requestFor } from './conformance-request.ts';
import type { Subject } from './conformance-subject.ts';
import type { Action, Decide, Resolution } from './decision.ts';
import { PaiError } from './errors.ts';
import type { Outcome } from './outcome.ts';
import { createPipeline } from './pipeline.ts';
import type { Provider } from './provider.ts';
import type { AgentRequest } from './request.ts';

/** A sample that is resolved, and how. */
export interface Base {
  readonly sample: RequestText;
  readonly actions: readonly Action[];
}

/** The provider as attacks see it: behind the one pipeline. */
export interface Reader {
  readonly provider: Provider;
  readonly bases: readonly Base[];
  /** What a request means; undefined when no door lets it in, or the Provider answers it itself. */
  readonly read: (request: RequestText | AgentRequest) => Promise<Resolution | undefined>;
  /** What becomes of a request when everything that is resolved is allowed; undefined when no door lets it in. */
  readonly judge: (request: RequestText | AgentRequest) => Promise<Outcome | undefined>;
}

/** A fresh provider behind a pipeline, and the samples that it resolves. */
export async function createReader(subject: Subject): Promise<Reader> {
  const provider = subject.create();
  const { read, judge } = pipelinesOf(subject, provider);
  const bases: Base[] = [];
  for (const sample of subject.options.samples) {
    const resolution = await read(sample);
    if (resolution !== undefined && 'actions' in resolution) {
      bases.push({ sample, actions: resolution.actions });
    }
  }
  return { provider, bases, read, judge };
}

/** An attack whose cases are made of each sample that is resolved, behind a fresh provider. */
export function attackSamples(
  subject: Subject,
  group: Group,
  name: string,
  casesOf: (reader: Reader, base: Base) => readonly Case[],
): Attack {
  return {
    group,
    name,
    cases: async () => {
      const reader = await createReader(subject);
      return reader.bases.flatMap((base) => casesOf(reader, base));
    },
  };
}

/** Fails unless a request is read as unresolved, or as at least `actions`; false when it is not read. */
export async function assertReadCovers(
  { read }: Reader,
  request: RequestText | AgentRequest,
  actions: readonly Action[],
): Promise<boolean> {
  const resolution = await read(request);
  if (resolution === undefined) return false;
  assertCovers(resolution, actions);
  return true;
}

/** Fails unless a request is unresolved, or does at least what `actions` do. */
export function assertCovers(resolution: Resolution, actions: readonly Action[]): void {
  if ('unresolved' in resolution) return;
  for (const action of actions) {
    const isCovered = resolution.actions.some(
      (found) => isDeepStrictEqual(found, action) || (found.name === action.name && found.reach === 'any'),
    );
    const found = shownActions(resolution.actions);
    assert.ok(isCovered, `it is read as ${found}, and a server may read it as ${shownActions([action])}`);
  }
}

/** Whether two requests mean the same. */
export function isSame(resolution: Resolution | undefined, actions: readonly Action[]): boolean {
  return (
    resolution !== undefined && 'actions' in resolution && isDeepStrictEqual(resolution.actions, actions)
  );
}

/** Actions for a sentence. */
export function shownActions(actions: readonly Action[]): string {
  const shown = actions.map(({ name, resource }) =>
    resource === undefined ? name : `${name} on ${resource}`,
  );
  return shown.join(', ').slice(0, 200);
}

/** The parts of an absolute URL, byte for byte. */
export function partsOf(url: string): { origin: string; path: string; query: string | undefined } {
  const [, origin = '', rest = ''] = /^(https?:\/\/[^/?#]*)(.*)$/s.exec(url) ?? [];
  const [path = '', query] = rest.split(/\?(.*)/s);
  return { origin, path: path.startsWith('/') ? path : `/${path}`, query };
}

function pipelinesOf({ name, options }: Subject, provider: Provider): Pick<Reader, 'read' | 'judge'> {
  const behind = (decide: Decide) =>
    createPipeline([
      { name, type: options.plugin.type, provider, decide, enforcement: 'enforce', isLogged: true },
    ]);
  const seen = new WeakMap<AgentRequest['body'], Resolution>();
  const nobody = behind((request, resolution) => {
    seen.set(request.body, resolution);
    return { effect: 'deny', rule: 'conformance', reason: 'nothing is allowed' };
  });
  const everybody = behind((_, resolution) => {
    const effect = 'actions' in resolution ? 'allow' : 'deny';
    return { effect, rule: 'conformance', reason: 'what is resolved is allowed' };
  });
  return {
    read: async (request) => {
      const asked = arrived(request);
      if (asked === undefined) return undefined;
      const { event } = await nobody.judge(asked);
      if (event.decision === 'answer') return undefined;
      return seen.get(asked.body) ?? { unresolved: event.reason ?? inspect(event) };
    },
    judge: async (request) => {
      const asked = arrived(request);
      return asked === undefined ? undefined : everybody.judge(asked);
    },
  };
}

function arrived(request: RequestText | AgentRequest): AgentRequest | undefined {
  if ('target' in request) return request;
  try {
    return requestFor(request);
  } catch (thrown) {
    if (thrown instanceof PaiError) return undefined;
    throw thrown;
  }
}
