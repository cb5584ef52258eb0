import {
  type AgentRequest,
  findPlaceholder,
  getHeader,
  PaiError,
  type Parameter,
  readParameters,
} from '@pai/core';

/** Bytes of a request for a token that are read: a subject token may be a SAML assertion. */
const mostBytes = 262_144;

/** What a request for a token asks with. */
export interface TokenRequest {
  /** A parameter, when it occurs once and is text. */
  readonly value: (name: string) => string | undefined;
  readonly values: (name: string) => readonly string[];
  /** The placeholder in what it asks with: the agent may have the files of several Providers, whose hosts are the same. */
  readonly placeholder: string | undefined;
}

/**
 * Reads the parameters of a request for a token, in its query, a form or JSON. Throws `malformed_request` or
 * `body_too_large`.
 */
export async function readTokenRequest(request: AgentRequest): Promise<TokenRequest> {
  const parameters = await readParameters(request, mostBytes);
  const texts = parameters.flatMap((parameter) => textsOf(parameter));
  const authorization = getHeader(request.headers, 'authorization') ?? '';
  const placeholder = [authorization, ...texts].map(placeholderIn).find((found) => found !== undefined);
  const values = (name: string) =>
    parameters.filter((parameter) => parameter.name === name).flatMap((parameter) => textsOf(parameter));
  return {
    values,
    value: (name) => {
      const [first, ...others] = values(name);
      if (others.length === 0) return first;
      throw new PaiError('malformed_request', `the parameter ${name} occurs more than once; send it once`);
    },
    placeholder,
  };
}

function textsOf({ value }: Parameter): readonly string[] {
  const values: readonly unknown[] = Array.isArray(value) ? value : [value];
  return values.filter((text) => typeof text === 'string');
}

/** In plain text, or in a part of a JWT. */
function placeholderIn(text: string): string | undefined {
  const found = findPlaceholder([text, ...text.split('.').map(decode)].join('\n'));
  return found !== undefined && /^pai-placeholder-[a-z0-9-]*[a-z0-9]$/.test(found) ? found : undefined;
}

function decode(part: string): string {
  return part.length < 20 ? '' : Buffer.from(part, 'base64url').toString('latin1');
}

/** The claims of a JWT, unverified; undefined when it is none. */
export function readClaims(jwt: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const claims: unknown = JSON.parse(decode(jwt.split('.')[1] ?? ''));
    return typeof claims === 'object' && claims !== null ? (claims as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
