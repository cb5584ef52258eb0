import { PaiError } from '@pai/core';

/** What is known of an answer of STS that is no success, with what to change. What STS says in its own words is left out. */
export function refusedBySts(
  status: number,
  xml: string,
  parameters: Readonly<Record<string, string>>,
): PaiError {
  const { Action = '', RoleArn = '', Policy } = parameters;
  const code = /<Code>([A-Za-z.]{1,64})<\/Code>/.exec(xml)?.[1];
  const isWeb = Action === 'AssumeRoleWithWebIdentity';
  const held = isWeb ? 'the web_identity_token' : 'the access key';
  const remedies: Readonly<Record<string, string>> = {
    AccessDenied: isWeb
      ? 'its trust policy does not name the issuer, the audience or the subject of the web_identity_token'
      : 'its trust policy does not name the identity of the access key, or asks for another config.assumeRole.externalId, or that identity may not call sts:AssumeRole on it',
    ExpiredToken: 'the session_token in the Secret has ended; store new credentials',
    ExpiredTokenException: 'the web_identity_token in the Secret has ended; store a new one',
    IDPCommunicationError: 'AWS could not reach the issuer of the web_identity_token; try again later',
    IDPRejectedClaim: 'the issuer of the web_identity_token does not stand by it any more; store a new one',
    InvalidClientTokenId:
      'AWS does not know the access key; look whether it is active, and of this partition',
    InvalidIdentityToken:
      'AWS does not take the web_identity_token; look whether its issuer is an identity provider of the account',
    MalformedPolicyDocument:
      'AWS cannot read the session policy; correct policy and scope.resources, or set config.assumeRole.sessionPolicy to false',
    PackedPolicyTooLarge:
      'the session policy is too large for AWS; use fewer patterns, or set config.assumeRole.sessionPolicy to false',
    RegionDisabledException:
      'STS is not active in this region for the account; activate it, or set another config.region',
    SignatureDoesNotMatch:
      'the secret_access_key in the Secret may not belong to its access_key_id, or something on the way changed the request',
    ValidationError:
      'AWS does not take one of the values in config.assumeRole; the role may not allow sessions of config.assumeRole.durationSeconds',
  };
  const remedy = remedies[code ?? ''] ?? `look at ${held} and at the role, or try again later`;
  const extent = Policy === undefined ? '' : ' with its session policy';
  return new PaiError(
    'credential_unavailable',
    `STS refused ${Action} of ${RoleArn}${extent} with ${code ?? 'no code'} (status ${status}): ${remedy}`,
  );
}
