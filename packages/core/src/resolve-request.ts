import { type Awaitable, isPending } from './awaitable.ts';
import type { Actions, Resolution } from './decision.ts';
import { toPaiError } from './errors.ts';
import type { Provider } from './provider.ts';
import type { AgentRequest } from './request.ts';

/** What a Provider's resolver says. Never rejects: a resolver that fails, or names nothing, leaves the request unresolved. */
export async function resolveRequest(provider: Provider, request: AgentRequest): Promise<Resolution> {
  return resolveAtOnce(provider, request);
}

/** As {@link resolveRequest}, without a promise where the resolver makes none. Never throws. */
export function resolveAtOnce(
  provider: Pick<Provider, 'resolve'>,
  request: AgentRequest,
): Awaitable<Resolution> {
  try {
    const resolution = provider.resolve(request);
    return isPending(resolution)
      ? Promise.resolve(resolution).then(checked).catch(failed)
      : checked(resolution);
  } catch (thrown) {
    return failed(thrown);
  }
}

function checked(resolution: Partial<Record<string, unknown>>): Resolution {
  const { actions, unresolved } = resolution;
  if (typeof unresolved === 'string') return { unresolved };
  if (Array.isArray(actions) && actions.length > 0) return { actions: actions as unknown as Actions };
  return { unresolved: 'the resolver named no action' };
}

function failed(thrown: unknown): Resolution {
  return { unresolved: toPaiError(thrown, 'the resolver failed').message };
}
