import { createPolicyInterceptor, type InterceptorOptions } from '@pai/sidecar/undici';
import { Agent, fetch, type RequestInit, type Response } from 'undici';

/** A `fetch` that a policy stands in front of. */
export interface Client {
  readonly fetch: (url: string, init?: RequestInit) => Promise<Response>;
  readonly close: () => Promise<void>;
}

/** Requests to the attached Providers' hosts are judged and get the real credential; all others are refused. */
export async function createClient(options: InterceptorOptions): Promise<Client> {
  const policy = await createPolicyInterceptor(options);
  const dispatcher = new Agent().compose(policy.intercept);
  return {
    fetch: (url, init = {}) => fetch(url, { ...init, dispatcher }),
    async close() {
      await dispatcher.close();
      await policy.close();
    },
  };
}
