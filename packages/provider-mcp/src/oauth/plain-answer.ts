import { isRecord } from '../frame.ts';

/** The answer of a token endpoint without a token of identity: nobody asked who the person is, so that it is not checked. */
export async function plainAnswer(response: Response): Promise<Response> {
  const text = await response.text();
  const { status, headers } = response;
  return new Response(withoutIdentity(text), { status: Math.max(status, 200), headers });
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
