import { type AgentRequest, jsonResponse, type LocalResponse, PaiError } from '@pai/core';
import { readTokenRequest } from './carried.ts';
import { type PlaceholderIdentity, placeholderIdToken, tokenLife } from './identity.ts';

/**
 * Answers `generateAccessToken` and `generateIdToken` with placeholders: the agent that "impersonates" a service account
 * this way still acts as what the Provider is. Where the placeholder's own account may be used, which clients ask before
 * anything else, is not found: they go on without. Undefined for what signs what the agent wants. Throws `request_denied` for
 * all else of this API, in batches and over gRPC too: what comes back could be a token, which nobody would mask.
 */
export async function answerIamCredentials(
  request: AgentRequest,
  identity: PlaceholderIdentity,
): Promise<LocalResponse | undefined> {
  const { method, path } = request;
  const [, verb] = methodPath.exec(path) ?? [];
  if (method === 'POST' && verb === 'generateAccessToken') {
    const { token } = await identityIn(request, identity);
    const expireTime = new Date(identity.now() + tokenLife * 1_000).toISOString().replace(/\.\d+Z$/, 'Z');
    return jsonResponse(200, { accessToken: token, expireTime });
  }
  if (method === 'POST' && verb === 'generateIdToken') return answerIdToken(request, identity);
  if (isReading(request) && path.includes(`/serviceAccounts/${identity.email}/`)) return noBoundary();
  const isForPolicy =
    method === 'POST' ? verb === 'signBlob' || verb === 'signJwt' || grpcPath.test(path) : isReading(request);
  if (isForPolicy) return undefined;
  throw new PaiError(
    'request_denied',
    'the request is for the API that issues tokens of service accounts, and is none that is answered or judged here; send generateAccessToken, generateIdToken, signBlob or signJwt as JSON, one by one',
  );
}

const methodPath = /^\/v1\/projects\/[^/]+\/serviceAccounts\/[^/:%]+(?:%40[^/:%]+)?(?::|%3[aA])(\w+)$/;

const grpcPath = /^\/google\.iam\.credentials\.v1\.IAMCredentials\/Sign(?:Blob|Jwt)$/;

function isReading({ method, path }: AgentRequest): boolean {
  return method === 'GET' && /^\/v1\/[^:%]+\/allowedLocations$/.test(path);
}

function noBoundary(): LocalResponse {
  const message = 'the account of a placeholder has no regional access boundary';
  return jsonResponse(404, { error: { code: 404, message, status: 'NOT_FOUND' } });
}

async function answerIdToken(request: AgentRequest, identity: PlaceholderIdentity): Promise<LocalResponse> {
  const { value } = await readTokenRequest(request);
  const audience = value('audience') ?? '';
  if (audience !== '') {
    return jsonResponse(200, { token: placeholderIdToken(await identityIn(request, identity), audience) });
  }
  const message = 'generateIdToken needs an audience';
  return jsonResponse(400, { error: { code: 400, message, status: 'INVALID_ARGUMENT' } });
}

async function identityIn(
  request: AgentRequest,
  identity: PlaceholderIdentity,
): Promise<PlaceholderIdentity> {
  const { placeholder } = await readTokenRequest(request);
  return placeholder === undefined ? identity : { ...identity, token: placeholder };
}
