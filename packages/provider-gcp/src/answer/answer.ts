import { type AgentRequest, type HostPattern, jsonResponse, type LocalResponse, printable } from '@pai/core';
import { readEndpoint } from '../hosts.ts';
import { answerIamCredentials } from './iam-credentials.ts';
import { type PlaceholderIdentity, placeholderIdentity } from './identity.ts';
import { answerMetadata, metadataHosts } from './metadata.ts';
import { answerExchange, answerToken } from './token.ts';
import { answerTokenInfo, answerUserInfo } from './user-info.ts';

/** What answers need. */
export interface AnswerOptions {
  /** `metadata.name`. */
  readonly provider: string;
  readonly project: string | undefined;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

type Answer = (
  request: AgentRequest,
  identity: PlaceholderIdentity,
) => LocalResponse | undefined | Promise<LocalResponse | undefined>;

const tokenInfo: Answer = (_, identity) => answerTokenInfo(identity);
const userInfo: Answer = (_, identity) => answerUserInfo(identity);

/** Services that only issue tokens, in whatever region: what has no answer here goes nowhere. */
const answered: Readonly<Record<string, Readonly<Record<string, Answer>>>> = {
  'oauth2.googleapis.com': {
    '/token': answerToken,
    '/tokeninfo': tokenInfo,
    '/revoke': () => jsonResponse(200, {}),
  },
  'accounts.google.com': {
    '/o/oauth2/token': answerToken,
    '/o/oauth2/v4/token': answerToken,
    '/o/oauth2/revoke': () => jsonResponse(200, {}),
  },
  'sts.googleapis.com': { '/v1/token': answerExchange },
};

/** The same on hosts that have other things too. */
const within: Readonly<Record<string, Readonly<Record<string, Answer>>>> = {
  'www.googleapis.com': {
    '/oauth2/v3/token': answerToken,
    '/oauth2/v4/token': answerToken,
    '/oauth2/v1/tokeninfo': tokenInfo,
    '/oauth2/v2/tokeninfo': tokenInfo,
    '/oauth2/v3/tokeninfo': tokenInfo,
    '/oauth2/v1/userinfo': userInfo,
    '/oauth2/v2/userinfo': userInfo,
    '/oauth2/v3/userinfo': userInfo,
  },
  'openidconnect.googleapis.com': { '/v1/userinfo': userInfo },
};

/** Hosts where nothing goes on to Google. The metadata server is asked in clear. */
export const answeredHosts: readonly HostPattern[] = [
  ...Object.keys(answered).map((host) => ({ host, isAnswered: true })),
  ...metadataHosts.map((host) => ({ host, port: 80, isAnswered: true })),
];

/**
 * Answers what would give an agent a token, with placeholders: Google's token endpoints, impersonation, and the metadata
 * server. Undefined for every other request. Throws `malformed_request` for one that cannot be read to one meaning.
 */
export function createAnswer({
  provider,
  project,
  now,
}: AnswerOptions): (request: AgentRequest) => Promise<LocalResponse | undefined> {
  const identity = placeholderIdentity(provider, project, now);
  return async (request) => {
    const { host, port, path } = request;
    if (port === 80) return metadataHosts.includes(host) ? answerMetadata(request, identity) : undefined;
    const service = readEndpoint(host)?.service ?? host;
    if (service === 'iamcredentials.googleapis.com') return answerIamCredentials(request, identity);
    const known = Object.hasOwn(answered, service) ? answered[service] : undefined;
    const answers = known ?? (Object.hasOwn(within, service) ? within[service] : undefined);
    const answer = answers !== undefined && Object.hasOwn(answers, path) ? answers[path] : undefined;
    if (answer !== undefined) return answer(request, identity);
    return known === undefined ? undefined : notHere(request);
  };
}

function notHere({ host, path }: AgentRequest): LocalResponse {
  const message = `${printable(path)} of ${host} has no answer here: this sidecar answers for it, with placeholder tokens, and nothing goes on to it`;
  return jsonResponse(404, { error: { code: 404, message, status: 'NOT_FOUND' } });
}
