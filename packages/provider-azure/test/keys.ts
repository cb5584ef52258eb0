import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';

/**
 * A PEM file of an application, made for the run: a key with its certificate, of RSA or of an elliptic curve, or an RSA key
 * with another's certificate.
 */
export function pem(name: 'client' | 'elliptic' | 'strangers'): string {
  const key = name === 'elliptic' ? elliptic() : rsa();
  const certified = name === 'client' ? key : elliptic();
  const text = key.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  return text + certificateOf(certified);
}

interface KeyPair {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

const rsa = once(() => generateKeyPairSync('rsa', { modulusLength: 2_048 }));
const elliptic = once(() => generateKeyPairSync('ec', { namedCurve: 'P-256' }));

function once(make: () => KeyPair): () => KeyPair {
  let made: KeyPair | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

/** X.509 (RFC 5280 section 4.1) in DER, of the first version, signed by its own key. */
function certificateOf({ privateKey, publicKey }: KeyPair): string {
  const isRsa = privateKey.asymmetricKeyType === 'rsa';
  const algorithm = Buffer.from(isRsa ? '300d06092a864886f70d01010b0500' : '300a06082a8648ce3d040302', 'hex');
  const commonName = der(0x30, Buffer.from('0603550403', 'hex'), der(0x0c, Buffer.from('pai-test')));
  const name = der(0x30, der(0x31, commonName));
  const validity = der(
    0x30,
    ...['250101000000Z', '490101000000Z'].map((time) => der(0x17, Buffer.from(time))),
  );
  const subject = publicKey.export({ type: 'spki', format: 'der' });
  const content = der(0x30, der(0x02, Buffer.from([1])), algorithm, name, validity, name, subject);
  const signature = der(0x03, Buffer.from([0]), sign('sha256', content, privateKey));
  const certificate = der(0x30, content, algorithm, signature).toString('base64');
  const lines = certificate.match(/.{1,64}/g) ?? [];
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n');
}

function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const size = length < 128 ? [length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}
