import {
  type AgentRequest,
  type AttachedProvider,
  createPipeline,
  type ForwardOutcome,
  headerInjector,
  type Provider,
  parseHostPattern,
  type Resolution,
  type RespondOutcome,
  Secret,
  type Verdict,
} from '@pai/core';
import { type RequestText, requestFor } from '@pai/core/conformance';

/** What no log line, answer or event may show. */
export const canary = 'canary-c0ffee';

/** The canary as a Secret. */
export const secret = new Secret('boxes/token', canary);

/** Allows `read` alone; what is unresolved it denies. */
function decide(_: AgentRequest, resolution: Resolution): Verdict {
  const names = 'actions' in resolution ? resolution.actions.map(({ name }) => name) : [];
  if (names.length > 0 && names.every((name) => name === 'read')) {
    return { effect: 'allow', rule: 'policy.allow[0]', reason: 'read is allowed' };
  }
  const what = 'unresolved' in resolution ? resolution.unresolved : names.join();
  return { effect: 'deny', rule: 'policy.allow', reason: `boxes: ${what} is not allowed` };
}

/** One Provider of boxes.example; `powers` replace members of it. */
export function attach(
  change: Partial<AttachedProvider> & { powers?: Partial<Provider> } = {},
): AttachedProvider {
  const { powers, ...rest } = change;
  return {
    name: 'boxes',
    type: 'boxes',
    decide,
    enforcement: 'enforce',
    isLogged: true,
    ...rest,
    provider: {
      hosts: [parseHostPattern('boxes.example')],
      placeholders: { env: {} },
      credentialSlots: { headers: ['authorization', 'x-api-key'], query: ['token'] },
      resolve: ({ method }) => ({
        actions: [{ name: method === 'GET' ? 'read' : 'write', resource: 'red' }],
      }),
      scope: () => undefined,
      inject: headerInjector('authorization', 'Bearer ', secret),
      ...powers,
    },
  };
}

/** A request to boxes.example, which may name its Provider. */
type Asked = Partial<RequestText> & Pick<AgentRequest, 'provider'>;

function judge({ provider, ...request }: Asked = {}, ...attached: AttachedProvider[]) {
  const pipeline = createPipeline(attached.length === 0 ? [attach()] : attached, () => 0);
  const asked = requestFor({ url: 'https://boxes.example/boxes/red?x=1', ...request });
  return pipeline.judge({ ...asked, ...(provider !== undefined && { provider }) });
}

/** The outcome of a request that goes on. */
export async function forwarded(request?: Asked, ...attached: AttachedProvider[]): Promise<ForwardOutcome> {
  const outcome = await judge(request, ...attached);
  if (outcome.kind !== 'forward') throw new Error(`not forwarded: ${outcome.event.reason}`);
  return outcome;
}

/** The outcome of a request that does not. */
export async function answered(request?: Asked, ...attached: AttachedProvider[]): Promise<RespondOutcome> {
  const outcome = await judge(request, ...attached);
  if (outcome.kind !== 'respond') throw new Error('not answered');
  return outcome;
}
