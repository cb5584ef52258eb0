import type { AgentRequest, LocalResponse } from '@pai/core';
import { metadataHost } from '../credentials/managed-identity.ts';
import type { AzureEndpoint } from '../endpoint.ts';
import { answerChallenge } from './challenge.ts';
import { answerLogin } from './login.ts';
import { isLoginHost } from './login-hosts.ts';
import { answerMetadata } from './metadata.ts';
import { refuseSharedAccess } from './shared-access.ts';

/** What answers need. */
export interface AnswerOptions {
  /** `metadata.name`. */
  readonly provider: string;
  /** The tenant that agents are told. */
  readonly tenant: string;
  /** The host of Entra ID that agents are told. */
  readonly authority: string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly endpointOf: (host: string) => AzureEndpoint | undefined;
}

/**
 * Answers what would give an agent tokens, with placeholders of this Provider: Entra ID, the metadata service of machines;
 * and asks for a token where an SDK wants to be asked. Undefined for every other request. Throws `request_denied` for a
 * shared access signature.
 */
export function createAnswer(
  options: AnswerOptions,
): (request: AgentRequest) => Promise<LocalResponse | undefined> {
  return async (request) => {
    if (isLoginHost(request.host)) return answerLogin(request, options);
    if (request.host === metadataHost) return answerMetadata(request, options);
    const endpoint = options.endpointOf(request.host);
    if (endpoint === undefined) return undefined;
    refuseSharedAccess(request, endpoint);
    return answerChallenge(request, endpoint, options);
  };
}
