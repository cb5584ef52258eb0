import type { CredentialSlots } from '@pai/core';

/**
 * Everywhere that Google reads an identity from: bearer tokens and API keys in headers and system parameters
 * (https://docs.cloud.google.com/apis/docs/system-parameters), and the signatures of signed URLs, of its own and as S3 has them.
 */
export const credentialSlots: CredentialSlots = {
  headers: [
    'authorization',
    'x-goog-api-key',
    'x-goog-iam-authority-selector',
    'x-goog-iam-authorization-token',
    'x-goog-authuser',
    'x-serverless-authorization',
    'x-amz-security-token',
    'cookie',
  ],
  query: [
    'access_token',
    '$access_token',
    'oauth_token',
    '$oauth_token',
    'bearer_token',
    'key',
    '$key',
    '$apiKey',
    'X-Goog-Algorithm',
    'X-Goog-Credential',
    'X-Goog-Date',
    'X-Goog-Expires',
    'X-Goog-SignedHeaders',
    'X-Goog-Signature',
    'GoogleAccessId',
    'Signature',
    'Expires',
    'X-Amz-Algorithm',
    'X-Amz-Credential',
    'X-Amz-Date',
    'X-Amz-Expires',
    'X-Amz-SignedHeaders',
    'X-Amz-Signature',
    'X-Amz-Security-Token',
    'AWSAccessKeyId',
  ],
};
