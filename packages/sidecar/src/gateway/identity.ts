import { readFileSync, statSync } from 'node:fs';
import { createSecureContext, type SecureContext } from 'node:tls';
import { PaiError } from '@pai/core';
import type { Ca } from '../ca.ts';

/** What the gateway shows for a certificate. */
export interface Identity {
  /** For a server name that was sent, or for none. */
  readonly contextFor: (name: string | undefined) => SecureContext;
  /** For `tls.createServer`: what is shown to clients that send no name. */
  readonly fallback: { readonly cert: string | Buffer; readonly key: string | Buffer };
  /** Calls back when the certificate has changed, until it is closed. */
  watch(onChange: (fallback: Identity['fallback']) => void): { close(): void };
}

/**
 * Certificates of the sidecar's own CA, one for each of `names`; the first also for every other name. The one for clients
 * that send no name is looked at every `interval` milliseconds (default 60,000), and replaced before it ends.
 */
export function identityOfCa(
  { leafFor }: Pick<Ca, 'leafFor'>,
  names: readonly [string, ...string[]],
  interval = 60_000,
): Identity {
  const known = new Set(names);
  const leaf = (name: string | undefined) => leafFor(name !== undefined && known.has(name) ? name : names[0]);
  const { cert, key } = leaf(undefined);
  return {
    contextFor: (name) => leaf(name).secureContext,
    fallback: { cert, key },
    watch(onChange) {
      let shown = cert;
      const timer = setInterval(() => {
        const next = leaf(undefined);
        if (next.cert === shown) return;
        shown = next.cert;
        onChange(next);
      }, interval).unref();
      return { close: () => clearInterval(timer) };
    },
  };
}

/** Files of a certificate (with its chain) and its key, in PEM. */
export interface IdentityFiles {
  readonly cert: string;
  readonly key: string;
}

/** How files are followed. */
export interface FollowOptions {
  /** Takes lines for people. */
  readonly log: (line: string) => void;
  /** Milliseconds between two looks. Default 10,000. */
  readonly interval?: number;
}

/**
 * A certificate from files, which are looked at again and again and read when it has been renewed. One that cannot be used
 * leaves the last good one, and says so. Throws `config_invalid` when they are no such pair at the start.
 */
export function identityOfFiles(files: IdentityFiles, { log, interval = 10_000 }: FollowOptions): Identity {
  // In this order: what changes in between is read again.
  let seen = stateOf(files);
  let current = load(files);
  let broken = '';
  let said = '';
  const renew = (): boolean => {
    const state = stateOf(files);
    if (state === seen) return false;
    try {
      current = load(files);
      seen = state;
      return true;
    } catch (thrown) {
      // At first, one of the two may only not be there yet.
      if (state === broken && state !== said) {
        said = state;
        log(`${(thrown as PaiError).message}; until then the certificate from before is shown`);
      }
      broken = state;
      return false;
    }
  };
  return {
    contextFor: () => current.context,
    fallback: current,
    watch(onChange) {
      const timer = setInterval(() => {
        if (renew()) onChange(current);
      }, interval).unref();
      return { close: () => clearInterval(timer) };
    },
  };
}

function load({ cert: certFile, key: keyFile }: IdentityFiles): {
  readonly cert: Buffer;
  readonly key: Buffer;
  readonly context: SecureContext;
} {
  try {
    const cert = readFileSync(certFile);
    const key = readFileSync(keyFile);
    return { cert, key, context: createSecureContext({ cert, key, minVersion: 'TLSv1.2' }) };
  } catch (cause) {
    throw new PaiError(
      'config_invalid',
      `${certFile} and ${keyFile} are no certificate and its key in PEM; give both, readable for this user`,
      { cause },
    );
  }
}

function stateOf({ cert, key }: IdentityFiles): string {
  return [cert, key]
    .map((file) => {
      const { mtimeMs, size, ino } = statSync(file, { throwIfNoEntry: false }) ?? {};
      return `${mtimeMs} ${size} ${ino}`;
    })
    .join();
}
