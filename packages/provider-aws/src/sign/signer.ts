import type { ResponseHead, UpstreamRequest } from '@pai/core';
import { canonicalRequest, hasRawPaths, type Signable } from './canonical-request.ts';
import { createClock, type Stamp } from './clock.ts';
import type { AwsCredentials, SigningScope } from './credential.ts';
import { hashText } from './hash.ts';
import { createKeyring, type SigningKey } from './signing-key.ts';

/** What signing needs. */
export interface SignerOptions {
  /** The credentials to sign with now. The same key must come as the same `Secret`, for that is what derived keys are kept by. */
  readonly credentials: () => Promise<AwsCredentials>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** What the signatures of content go on from. */
export interface Signature {
  /** Lower-case hex. */
  readonly text: string;
  readonly key: SigningKey;
  /** `20150830T123600Z`. */
  readonly date: string;
  /** The time now, and the key of its day: a stream can go on for days. */
  readonly next: () => Stamp & { readonly key: SigningKey };
}

/** Credentials of one bucket of S3 Express One Zone, whose token has a header of its own. */
export interface SessionCredentials extends AwsCredentials {
  readonly sessionToken: NonNullable<AwsCredentials['sessionToken']>;
}

/** Signs requests with AWS Signature Version 4 and 4A. */
export interface Signer {
  /** Milliseconds since the epoch, at AWS. */
  now(): number;
  /**
   * Appends `x-amz-date`, the session token, for SigV4A `x-amz-region-set`, and last `authorization`. The headers must hold
   * none of them. `session` signs in place of the signer's own credentials.
   */
  sign(
    request: Signable,
    scope: SigningScope,
    payloadHash: string,
    session?: SessionCredentials,
  ): Promise<Signature>;
  /** Whether a response refuses a request, as it was signed, because of its time. */
  isRefusal(head: ResponseHead, request?: Pick<UpstreamRequest, 'headers'>): boolean;
  /** Corrects the time by such a response. True when the next signature will have another. */
  renew(head: ResponseHead, request?: Pick<UpstreamRequest, 'headers'>): boolean;
}

/** Signs in some 10 microseconds: derived keys are kept for their day. */
export function createSigner({ credentials, now }: SignerOptions): Signer {
  const clock = createClock(now);
  const keyFor = createKeyring();
  return {
    now: clock.now,
    isRefusal: clock.isRefusal,
    renew: clock.correct,
    async sign(request, scope, payloadHash, session) {
      const used = session ?? (await credentials());
      const { date, day } = clock.stamp();
      const key = keyFor(used, scope, day);
      const { headers } = request;
      headers.push('x-amz-date', date);
      if (scope.algorithm === 'sigv4a') headers.push('x-amz-region-set', scope.region);
      if (used.sessionToken !== undefined) {
        const name = session === undefined ? 'x-amz-security-token' : 'x-amz-s3session-token';
        headers.push(name, used.sessionToken.reveal());
      }
      const { text, signedHeaders } = canonicalRequest(request, payloadHash, {
        hasRawPath: hasRawPaths(scope.signingName),
      });
      const signature = key.sign(`${key.algorithm}\n${date}\n${key.scope}\n${hashText(text)}`);
      const credential = `${used.accessKeyId}/${key.scope}`;
      headers.push(
        'authorization',
        `${key.algorithm} Credential=${credential}, SignedHeaders=${signedHeaders}, Signature=${signature}`,
      );
      const next = () => {
        const stamp = clock.stamp();
        return { ...stamp, key: keyFor(used, scope, stamp.day) };
      };
      return { text: signature, key, date, next };
    },
  };
}
