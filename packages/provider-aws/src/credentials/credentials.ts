import { createTokenSource, PaiError, type ProviderContext, Secret } from '@pai/core';
import type { AssumeRoleSpec, AwsSpec } from '../schema.ts';
import type { AwsCredentials } from '../sign/credential.ts';
import { readKeys, type StoredKeys } from './keys.ts';
import { sessionPolicyOf } from './session-policy.ts';
import { createSts } from './sts.ts';

/** Gives the credentials to sign with now. Rejects with `credential_unavailable` while there are none. */
export type CredentialSource = () => Promise<AwsCredentials>;

/**
 * The credentials of a spec: the keys as they are, or the sessions of a role that they, or a web identity token, take on.
 * Throws `secret_missing`, `secret_invalid` or `config_invalid`. Where nothing can be fetched they are stubs.
 */
export function createCredentials(spec: AwsSpec, context: ProviderContext): CredentialSource {
  const role = spec.config?.assumeRole;
  const policy = sessionPolicyOf(spec);
  if ((role?.durationSeconds ?? 0) > longestSession) {
    throw new PaiError(
      'config_invalid',
      `config.assumeRole.durationSeconds: no role allows sessions of more than ${longestSession} seconds; use fewer`,
    );
  }
  if (context.isOffline === true) return async () => stub(context.name);
  const keys = readKeys(context.secrets);
  if (role !== undefined) return createSessions(keys, role, policy, spec, context);
  if (keys.kind === 'access-key') return async () => keys.credentials;
  throw new PaiError(
    'config_invalid',
    'config.assumeRole: the Secret holds a web_identity_token, by which a role is taken on; add config.assumeRole.roleArn',
  );
}

/** Seconds. Source: the API reference of AssumeRole. */
const longestSession = 43_200;

function stub(provider: string): AwsCredentials {
  const name = `${provider}/secret_access_key`;
  return { accessKeyId: 'offline', secretAccessKey: new Secret(name, `[secret ${name}]`) };
}

function createSessions(
  keys: StoredKeys,
  role: AssumeRoleSpec,
  policy: string | undefined,
  spec: AwsSpec,
  context: ProviderContext,
): CredentialSource {
  const { name, secrets, now, signal } = context;
  const call = createSts(keys, { roleArn: role.roleArn, region: spec.config?.region }, context);
  const issued = new WeakMap<Secret, AwsCredentials>();
  const source = createTokenSource({
    name: `${name}/session`,
    now,
    signal,
    fetch: async (limit) => {
      const session = await call(parametersOf(keys, role, policy, name), limit);
      const secret = secrets.derive(`${name}/session`, session.secretAccessKey);
      issued.set(secret, {
        accessKeyId: secrets.derive(`${name}/session-key-id`, session.accessKeyId).reveal(),
        secretAccessKey: secret,
        sessionToken: secrets.derive(`${name}/session-token`, session.sessionToken),
      });
      return { secret, expiresAt: session.expiresAt };
    },
  });
  return async () => issued.get(await source.get()) as AwsCredentials;
}

/** https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html, and AssumeRoleWithWebIdentity beside it. */
function parametersOf(
  keys: StoredKeys,
  { roleArn, externalId, sessionName, durationSeconds = 3_600 }: AssumeRoleSpec,
  policy: string | undefined,
  provider: string,
): Record<string, string> {
  const shared = {
    Version: '2011-06-15',
    RoleArn: roleArn,
    RoleSessionName: sessionName ?? `pai-${provider}`.slice(0, 64),
    DurationSeconds: String(durationSeconds),
    ...(policy !== undefined && { Policy: policy }),
  };
  if (keys.kind === 'web-identity') {
    return { Action: 'AssumeRoleWithWebIdentity', ...shared, WebIdentityToken: keys.token.reveal() };
  }
  return { Action: 'AssumeRole', ...shared, ...(externalId !== undefined && { ExternalId: externalId }) };
}
