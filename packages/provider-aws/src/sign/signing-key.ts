import { createECDH, createHmac, createPrivateKey, createSecretKey, type KeyObject, sign } from 'node:crypto';
import type { Secret } from '@pai/core';
import type { AwsCredentials, SigningScope } from './credential.ts';

/** A key that signs for one day, and for one region and service. */
export interface SigningKey {
  readonly algorithm: 'AWS4-HMAC-SHA256' | 'AWS4-ECDSA-P256-SHA256';
  /** The credential scope: `20150830/us-east-1/iam/aws4_request`; without the region for SigV4A. */
  readonly scope: string;
  /** The signature of a string to sign, in lower-case hex. */
  readonly sign: (text: string) => string;
}

/** Derives signing keys. */
export type Keyring = (credentials: AwsCredentials, scope: SigningScope, day: string) => SigningKey;

/** Most keys that are kept of one secret key. */
const mostKeys = 200;

/** Derives signing keys, and keeps those of the day for as long as their secret key is in use. */
export function createKeyring(): Keyring {
  const keys = new WeakMap<Secret, { day: string; readonly byScope: Map<string, SigningKey> }>();
  return (credentials, scope, day) => {
    const { secretAccessKey, accessKeyId } = credentials;
    let kept = keys.get(secretAccessKey);
    if (kept === undefined) {
      kept = { day, byScope: new Map() };
      keys.set(secretAccessKey, kept);
    }
    if (kept.day !== day || kept.byScope.size >= mostKeys) kept.byScope.clear();
    kept.day = day;
    const name = `${accessKeyId}/${scope.algorithm}/${scope.region}/${scope.signingName}`;
    const known = kept.byScope.get(name);
    if (known !== undefined) return known;
    const key = (scope.algorithm === 'sigv4' ? hmacKey : ecdsaKey)(credentials, scope, day);
    kept.byScope.set(name, key);
    return key;
  };
}

/** SigV4: a chain of HMACs (AWS Signature Version 4, "Derive a signing key"). */
function hmacKey(
  { secretAccessKey }: AwsCredentials,
  { region, signingName }: SigningScope,
  day: string,
): SigningKey {
  const bytes = [day, region, signingName, 'aws4_request'].reduce<Buffer>(
    (last, text) => createHmac('sha256', last).update(text).digest(),
    Buffer.from(`AWS4${secretAccessKey.reveal()}`),
  );
  // An eighth of the time that bytes take.
  const key = createSecretKey(bytes);
  return {
    algorithm: 'AWS4-HMAC-SHA256',
    scope: `${day}/${region}/${signingName}/aws4_request`,
    sign: (text) => createHmac('sha256', key).update(text).digest('hex'),
  };
}

/** SigV4A: ECDSA on P-256, signatures in DER. The key does not depend on the day. */
function ecdsaKey(credentials: AwsCredentials, { signingName }: SigningScope, day: string): SigningKey {
  const key = derivePrivateKey(credentials);
  return {
    algorithm: 'AWS4-ECDSA-P256-SHA256',
    scope: `${day}/${signingName}/aws4_request`,
    sign: (text) => sign('sha256', Buffer.from(text), key).toString('hex'),
  };
}

/** The order of P-256 less two (SEC 2, section 2.4.2). */
const orderLessTwo = 0xffff_ffff_0000_0000_ffff_ffff_ffff_ffff_bce6_faad_a717_9e84_f3b9_cac2_fc63_254fn;

/** KDF in counter mode (NIST SP 800-108) over the access key, once more for each candidate that is out of range. */
function derivePrivateKey({ accessKeyId, secretAccessKey }: AwsCredentials): KeyObject {
  const secret = Buffer.from(`AWS4A${secretAccessKey.reveal()}`);
  for (let counter = 1; counter < 255; counter += 1) {
    const input = Buffer.concat([
      Buffer.from([0, 0, 0, 1]),
      Buffer.from('AWS4-ECDSA-P256-SHA256\0'),
      Buffer.from(accessKeyId),
      Buffer.from([counter, 0, 0, 1, 0]),
    ]);
    const candidate = BigInt(`0x${createHmac('sha256', secret).update(input).digest('hex')}`);
    if (candidate <= orderLessTwo) return keyOf(candidate + 1n);
  }
  throw new RangeError('no private key in 254 candidates');
}

function keyOf(scalar: bigint): KeyObject {
  const d = Buffer.from(scalar.toString(16).padStart(64, '0'), 'hex');
  const pair = createECDH('prime256v1');
  pair.setPrivateKey(d);
  const point = pair.getPublicKey();
  return createPrivateKey({
    format: 'jwk',
    key: {
      kty: 'EC',
      crv: 'P-256',
      d: d.toString('base64url'),
      x: point.subarray(1, 33).toString('base64url'),
      y: point.subarray(33).toString('base64url'),
    },
  });
}
