import { PaiError } from '@pai/core';

/**
 * What is known of an answer of Entra ID that is no success, with what to change. What Entra says in its own words is
 * left out: of that only the code is passed on.
 */
export function refusedByEntra(
  status: number,
  answer: unknown,
  audience: string,
  fields: Readonly<Record<string, string>>,
): PaiError {
  const { error, number } = readError(answer);
  const key = 'client_secret' in fields ? 'client_secret' : 'client_assertion';
  const remedy = remedies[number ?? 0] ?? remedyOf(status, key);
  const code = number === undefined ? (error ?? 'no code') : `AADSTS${number}`;
  return new PaiError(
    'credential_unavailable',
    `Entra ID refused a token for ${audience} with ${code} (status ${status}): ${remedy}`,
  );
}

function remedyOf(status: number, key: string): string {
  if (status === 429 || status >= 500) return 'try again later';
  const what = key === 'client_secret' ? 'the client_secret' : 'the certificate or federated_token';
  return `look at config.tenantId, and at the client_id and ${what} in the Secret`;
}

/** The lines of https://learn.microsoft.com/entra/identity-platform/reference-error-codes that an application meets. */
const remedies: Readonly<Record<number, string>> = {
  50034: 'the tenant does not know who asks; look at config.tenantId and at the client_id in the Secret',
  53003: 'a policy of Conditional Access forbids it; look at the sign-in logs of the tenant',
  70011: 'the tenant knows no service of that name',
  70021:
    'no federated identity credential of the application fits the federated_token; compare issuer, subject and audience',
  90002: 'there is no such tenant; look at config.tenantId and config.cloud',
  90033: 'Entra ID is not available for the moment; try again later',
  500011: 'the tenant does not have that service; register its resource provider, or look at config.cloud',
  700016: 'the tenant has no such application; look at config.tenantId and at the client_id in the Secret',
  700024: 'the assertion is out of its time; look at the clock here, and whether federated_token is renewed',
  700027: 'the certificate in the Secret is not one of the application; upload it there',
  700211: 'no federated identity credential of the application has the issuer of the federated_token',
  700212: 'no federated identity credential of the application has the audience of the federated_token',
  700213: 'no federated identity credential of the application has the subject of the federated_token',
  900023: 'config.tenantId is neither an id nor a domain of a tenant',
  7000112: 'the application is disabled',
  7000215:
    'the client_secret in the Secret is not one of the application; store the value of a client secret, not its id',
  7000222: 'the client_secret in the Secret has ended; make a new one and store it',
  7000229: 'the application has no service principal in the tenant; an administrator has to consent to it',
};

function readError(answer: unknown): { readonly error?: string; readonly number?: number } {
  if (typeof answer !== 'object' || answer === null) return {};
  const { error, error_codes: codes, error_description: text } = answer as Record<string, unknown>;
  const listed: unknown = Array.isArray(codes) ? codes[0] : undefined;
  const quoted = typeof text === 'string' ? /^AADSTS(\d{4,8})\b/.exec(text)?.[1] : undefined;
  const number =
    typeof listed === 'number' && Number.isInteger(listed) ? listed : Number(quoted ?? Number.NaN);
  return {
    ...(typeof error === 'string' && /^[a-z_]{1,64}$/.test(error) && { error }),
    ...(!Number.isNaN(number) && { number }),
  };
}
