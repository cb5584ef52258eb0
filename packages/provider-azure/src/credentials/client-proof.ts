import { isPaiError, PaiError, type ProviderContext, type Secret, type SecretReader } from '@pai/core';
import { createAssertion, readCertificate } from './certificate.ts';

/** The fields of a token request that say who asks, and prove it: made anew for each request. */
export type ClientProof = () => Promise<Readonly<Record<string, string>>>;

const proofs = ['client_secret', 'client_certificate', 'federated_token'] as const;
type Kind = (typeof proofs)[number];

/**
 * The proof of the application whose credentials a Secret holds, for the token endpoint at `endpoint`. What is in the
 * Secret is read again for each request, since a projected token changes. Throws `secret_missing` or `secret_invalid`.
 */
export function createClientProof(
  endpoint: string,
  { secrets, now, name }: Pick<ProviderContext, 'secrets' | 'now' | 'name'>,
): ClientProof {
  const kind = kindOf(secrets);
  readClientId(secrets);
  if (kind === 'client_certificate') readCertificate(readProof(secrets, kind));
  return async () => {
    const clientId = readClientId(secrets);
    const proof = readProof(secrets, kind);
    if (kind === 'client_secret') return { client_id: clientId, client_secret: proof.reveal() };
    const assertion =
      kind === 'federated_token'
        ? proof
        : secrets.derive(
            `${name}/client-assertion`,
            await createAssertion(readCertificate(proof), { clientId, endpoint, now: now() }),
          );
    return {
      client_id: clientId,
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: assertion.reveal(),
    };
  };
}

function readProof(secrets: SecretReader, kind: Kind): Secret {
  return secrets.read(kind, { multiline: kind === 'client_certificate' });
}

function kindOf(secrets: SecretReader): Kind {
  const [first, second] = proofs.filter((kind) => isThere(secrets, kind));
  if (first === undefined) {
    // Says which key is missing, and of which Secret.
    readProof(secrets, 'client_secret');
    return 'client_secret';
  }
  if (second === undefined) return first;
  throw new PaiError(
    'secret_invalid',
    `secret ${readProof(secrets, first).name} stands beside ${second}, and an application proves itself with one of them; remove the other`,
  );
}

/** One that is there, and wrong, is there. */
function isThere(secrets: SecretReader, kind: Kind): boolean {
  try {
    readProof(secrets, kind);
    return true;
  } catch (thrown) {
    if (isPaiError(thrown) && thrown.code === 'secret_missing') return false;
    throw thrown;
  }
}

function readClientId(secrets: SecretReader): string {
  const id = secrets.read('client_id', { isIdentifier: true });
  if (/^[\w.-]{1,128}$/.test(id.reveal())) return id.reveal();
  throw new PaiError(
    'secret_invalid',
    `secret ${id.name} is no application (client) id; store the id that the overview of the application shows`,
  );
}
