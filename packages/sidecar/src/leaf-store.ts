import { generateKeyPairSync } from 'node:crypto';
import { isIP } from 'node:net';
import { createSecureContext, type SecureContext } from 'node:tls';
import { parseAuthority } from '@pai/core';
import { type Issuer, publicKeyInfo, signLeaf } from './certificate.ts';

/** What the sidecar shows an agent in place of a service's own certificate. */
interface Leaf {
  /** Certificate and private key, PEM. Clients know the CA, so that no chain is sent. */
  readonly cert: string;
  readonly key: string;
  /** For `SNICallback`, made when first asked for; TLS 1.2 at least. */
  readonly secureContext: SecureContext;
}

/**
 * Gives the leaf of a server name or IP address, made when first asked for and again before it expires. Throws
 * `malformed_request` for what is neither.
 */
export type LeafStore = (serverName: string) => Leaf;

/** Leaves signed by `issuer`, all with one key of this process; the 1,000 names asked for last are kept. */
export function createLeafStore(issuer: Issuer, now: () => number = Date.now): LeafStore {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const info = publicKeyInfo(publicKey);
  const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const kept = new Map<string, { readonly leaf: Leaf; readonly renewAt: number }>();

  const mint = (host: string, from: number, to: number): Leaf => {
    const cert = signLeaf(issuer, host, info, { from, to });
    let context: SecureContext | undefined;
    return {
      cert,
      key,
      get secureContext() {
        context ??= createSecureContext({ cert, key, minVersion: 'TLSv1.2' });
        return context;
      },
    };
  };

  return (serverName) => {
    const host = hostOf(serverName);
    const time = now();
    const known = kept.get(host);
    kept.delete(host);
    if (known !== undefined && time < known.renewAt) {
      kept.set(host, known);
      return known.leaf;
    }
    const to = time - day + longest;
    const leaf = mint(host, time - day, to);
    kept.set(host, { leaf, renewAt: to - 7 * day });
    const [oldest] = kept.keys();
    if (kept.size > 1_000 && oldest !== undefined) kept.delete(oldest);
    return leaf;
  };
}

const day = 86_400_000;

/** The CA/Browser Forum's limit of 398 days, which some clients enforce, less one. */
const longest = 397 * day;

function hostOf(serverName: string): string {
  const bare = serverName.replace(/^\[(.*)\]$/, '$1');
  return isIP(bare) > 0 && !bare.includes('%') ? bare : parseAuthority(serverName, 443).host;
}
