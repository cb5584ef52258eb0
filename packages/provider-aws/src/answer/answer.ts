import type { AgentRequest, LocalResponse } from '@pai/core';
import type { Endpoint } from '../endpoint.ts';
import { refuseExpired } from '../sign/presigned.ts';
import { answerExpress } from './express.ts';
import { answerMetadata, type MetadataOptions } from './metadata.ts';
import { answerSts } from './sts.ts';

/** What answers need. */
export interface AnswerOptions extends MetadataOptions {
  readonly endpointOf: (host: string) => Endpoint | undefined;
}

/**
 * Answers what would give an agent credentials, with placeholders of this Provider: STS, the sessions of directory
 * buckets, the metadata endpoints of machines and containers. Undefined for every other request. Throws `request_denied` for
 * a presigned URL that is over.
 */
export function createAnswer(
  options: AnswerOptions,
): (request: AgentRequest) => Promise<LocalResponse | undefined> {
  const { provider, now, endpointOf } = options;
  return async (request) => {
    const metadata = answerMetadata(request, options);
    if (metadata !== undefined) return metadata;
    const endpoint = endpointOf(request.host);
    if (endpoint !== undefined) refuseExpired(request, now());
    if (endpoint?.service === 'sts') return answerSts(request, provider, now);
    return endpoint?.signingName === 's3express' ? answerExpress(request, provider, now) : undefined;
  };
}
