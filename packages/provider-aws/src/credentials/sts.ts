import { PaiError, type ProviderContext } from '@pai/core';
import { hashText } from '../sign/hash.ts';
import { createSigner, type Signer } from '../sign/signer.ts';
import type { StoredKeys } from './keys.ts';
import { stsHost } from './sts-host.ts';
import { refusedBySts } from './sts-refusal.ts';

/** What STS issued, in clear. */
export interface IssuedSession {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  /** Milliseconds since the epoch, by the clock of the Provider, however wrong that is. */
  readonly expiresAt: number;
}

/** Asks STS for a session. Rejects with `credential_unavailable`, and gives up when `signal` says so. */
export type StsCall = (
  parameters: Readonly<Record<string, string>>,
  signal: AbortSignal,
) => Promise<IssuedSession>;

/**
 * Calls of the STS endpoint in the region of a Provider, signed with its keys; those with a web identity token go unsigned,
 * as that is what they are judged by.
 */
export function createSts(
  keys: StoredKeys,
  place: { readonly roleArn: string; readonly region: string | undefined },
  { fetch, now }: Pick<ProviderContext, 'fetch' | 'now'>,
): StsCall {
  const endpoint = stsHost(place.roleArn, place.region);
  const signer =
    keys.kind === 'web-identity'
      ? undefined
      : createSigner({ credentials: async () => keys.credentials, now });

  const wrongBy = () => (signer === undefined ? 0 : signer.now() - now());
  const post = async (body: string, signal: AbortSignal): Promise<Response> => {
    const headers = await headersFor(body, endpoint, signer);
    return fetch(`https://${endpoint.host}/`, { method: 'POST', headers, body, signal });
  };
  return async (parameters, signal) => {
    const body = formOf(parameters);
    const first = await post(body, signal);
    const isLate = signer?.renew({ status: first.status, headers: [...first.headers].flat() }) === true;
    const response = first.ok || !isLate ? first : await post(body, signal);
    const text = await response.text();
    if (!response.ok) throw refusedBySts(response.status, text, parameters);
    const session = readSession(text);
    if (session !== undefined) return { ...session, expiresAt: session.expiresAt - wrongBy() };
    throw new PaiError(
      'credential_unavailable',
      `STS at ${endpoint.host} answered with no credentials in it`,
    );
  };
}

/** Escaped as RFC 3986 asks, to the letter: some servers write a form anew before they hash it. */
function formOf(parameters: Readonly<Record<string, string>>): string {
  return new URLSearchParams(parameters)
    .toString()
    .replaceAll('*', '%2A')
    .replaceAll('+', '%20')
    .replaceAll('%7E', '~');
}

async function headersFor(
  body: string,
  { host, region }: { readonly host: string; readonly region: string },
  signer: Signer | undefined,
): Promise<[string, string][]> {
  const headers = ['content-type', 'application/x-www-form-urlencoded; charset=utf-8'];
  const scope = { signingName: 'sts', region, algorithm: 'sigv4' } as const;
  await signer?.sign({ method: 'POST', host, port: 443, target: '/', headers }, scope, hashText(body));
  return headers.flatMap((name, i) => (i % 2 === 0 ? [[name, headers[i + 1] as string]] : []));
}

/** The members of `Credentials`, none of which holds what XML escapes. */
function readSession(xml: string): IssuedSession | undefined {
  const [, credentials = ''] = /<Credentials>(.*)<\/Credentials>/s.exec(xml) ?? [];
  const member = (name: string) =>
    new RegExp(`<${name}>\\s*([!-%'-;=?-~]+)\\s*</${name}>`).exec(credentials)?.[1];
  const accessKeyId = member('AccessKeyId');
  const secretAccessKey = member('SecretAccessKey');
  const sessionToken = member('SessionToken');
  const expiresAt = Date.parse(member('Expiration') ?? '');
  if (accessKeyId === undefined || secretAccessKey === undefined || sessionToken === undefined)
    return undefined;
  return Number.isNaN(expiresAt) ? undefined : { accessKeyId, secretAccessKey, sessionToken, expiresAt };
}
