import type { Secret } from '@pai/core';

/** An AWS access key. A session token goes with keys that AWS issued for a while. */
export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: Secret;
  readonly sessionToken?: Secret;
}

/** What a signature is valid for. */
export interface SigningScope {
  /** The service of the credential scope: `dynamodb`, `s3`, `s3express`. */
  readonly signingName: string;
  /** The region, or for SigV4A the region set: `eu-central-1`, `*`. */
  readonly region: string;
  readonly algorithm: 'sigv4' | 'sigv4a';
}
