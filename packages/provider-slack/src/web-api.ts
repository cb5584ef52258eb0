import { isPaiError, PaiError, type ProviderContext, printable, type Secret } from '@pai/core';

/** Calls a method of the Web API for ourselves; the answer is an object with `ok`. */
export type CallSlack = (
  base: string,
  method: string,
  parameters?: Readonly<Record<string, string>>,
) => Promise<Readonly<Record<string, unknown>>>;

/**
 * Calls methods with the real token. Rejects with `credential_unavailable` when there is no answer, and when it is not
 * in Slack's shape.
 */
export function createCall(
  token: Secret,
  { fetch, signal }: Pick<ProviderContext, 'fetch' | 'signal'>,
): CallSlack {
  return async (base, method, parameters = {}) => {
    try {
      const response = await fetch(`https://${base}/api/${method}`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${token.reveal()}`,
          'content-type': 'application/x-www-form-urlencoded',
        },
        body: new URLSearchParams(parameters).toString(),
        signal,
      });
      const answer: unknown = response.status === 200 ? await response.json() : undefined;
      if (typeof answer === 'object' && answer !== null && 'ok' in answer) return { ...answer };
      throw unavailable(method, `Slack answered ${response.status}`);
    } catch (thrown) {
      if (isPaiError(thrown) && thrown.code === 'credential_unavailable') throw thrown;
      throw unavailable(method, 'Slack could not be asked', thrown);
    }
  };
}

/** Milliseconds for which a look-up that gave nothing is not tried again. */
export const pause = 5_000;

/** The error of a look-up that Slack answered with an error of its own, which is named in Slack's word for it. */
export function refused(method: string, { error }: Readonly<Record<string, unknown>>): PaiError {
  const code = typeof error === 'string' ? `: ${printable(error)}` : '';
  return unavailable(method, `Slack refused to say it${code}`);
}

/** The error of a look-up that gave nothing. */
export function unavailable(method: string, why: string, cause?: unknown): PaiError {
  const message = `what ${method} says is needed to judge this, and ${why}; send the request again later`;
  return new PaiError('credential_unavailable', message, { cause });
}
