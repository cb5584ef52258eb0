import { generateKeyPairSync } from 'node:crypto';
import { isIP } from 'node:net';
import { createSecureContext, type SecureContext } from 'node:tls';
import { parseAuthority } from '@pai/core';
import { createLeafSigner, type Issuer, publicKeyInfo } from './certificate.ts';

/** What the sidecar shows an agent in place of a service's own certificate. */
interface Leaf {
  /** Certificate and private key, PEM. Clients know the CA, so that no chain is sent. */
  readonly cert: string;
  readonly key: string;
  /** For `SNICallback` and nothing else, made when first asked for. */
  readonly secureContext: SecureContext;
}

/**
 * Gives the leaf of a server name or IP address, made when first asked for and again before it expires. Throws
 * `malformed_request` for what is neither.
 */
export type LeafStore = (serverName: string) => Leaf;

interface Kept {
  readonly leaf: Leaf;
  /** Milliseconds since the epoch; it holds a day earlier already. */
  readonly madeAt: number;
  readonly renewAt: number;
}

/** Leaves signed by `issuer`, all with one key of this process; the 1,000 names asked for last are kept. */
export function createLeafStore(issuer: Issuer, now: () => number = Date.now): LeafStore {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const signLeaf = createLeafSigner(issuer, publicKeyInfo(publicKey));
  const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const kept = new Map<string, Kept>();
  let latest: ({ readonly serverName: string } & Kept) | undefined;

  const mint = (host: string, from: number, to: number): Leaf => {
    const cert = signLeaf(host, { from, to });
    let context: SecureContext | undefined;
    return {
      cert,
      key,
      get secureContext() {
        context ??= createSecureContext({ cert, key, minVersion: 'TLSv1.2', ciphers: fewCiphers });
        return context;
      },
    };
  };
  const keep = (host: string, time: number): Kept => {
    const known = kept.get(host);
    kept.delete(host);
    if (known !== undefined && holds(known, time)) {
      kept.set(host, known);
      return known;
    }
    const to = time - day + longest;
    const made = { leaf: mint(host, time - day, to), madeAt: time, renewAt: to - 7 * day };
    kept.set(host, made);
    const [oldest] = kept.keys();
    if (kept.size > 1_000 && oldest !== undefined) kept.delete(oldest);
    return made;
  };

  return (serverName) => {
    const time = now();
    // Connections come in runs for one host, which is the one kept last then.
    if (latest === undefined || latest.serverName !== serverName || !holds(latest, time))
      latest = { serverName, ...keep(hostOf(serverName), time) };
    return latest.leaf;
  };
}

/** A clock that was ahead when it was made may be set back. */
function holds({ madeAt, renewAt }: Kept, time: number): boolean {
  return time >= madeAt - day && time < renewAt;
}

/**
 * Of a context that `SNICallback` gives only the certificate and its key are used. The list of all ciphers takes longer
 * to read than either.
 */
const fewCiphers = 'TLS_AES_128_GCM_SHA256:ECDHE-ECDSA-AES128-GCM-SHA256';

const day = 86_400_000;

/** The CA/Browser Forum's limit of 398 days, which some clients enforce, less one. */
const longest = 397 * day;

function hostOf(serverName: string): string {
  const bare = serverName.replace(/^\[(.*)\]$/, '$1');
  return isIP(bare) > 0 && !bare.includes('%') ? bare : parseAuthority(serverName, 443).host;
}
