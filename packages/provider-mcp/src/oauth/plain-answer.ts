import { isRecord } from '../frame.ts';

/**
 * What is looked at of an authorization server's answer. Not in it: a token of identity, since nobody asked who the person is,
 * and all of a challenge but that there is one, since the library takes time with the square of its length.
 */
export async function plainAnswer(response: Response): Promise<Response> {
  const text = await response.text();
  const { status, headers } = response;
  const kept = new Headers({ 'content-type': headers.get('content-type') ?? '' });
  if (status === 401 && headers.has('www-authenticate')) kept.set('www-authenticate', 'Basic');
  return new Response(withoutIdentity(text), { status: Math.max(status, 200), headers: kept });
}

function withoutIdentity(text: string): string {
  try {
    const value: unknown = JSON.parse(text);
    if (!isRecord(value) || !('id_token' in value)) return text;
    const { id_token: _, ...rest } = value;
    return JSON.stringify(rest);
  } catch {
    return text;
  }
}
