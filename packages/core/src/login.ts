import type { Secret } from './secret.ts';

/** New values of a Secret by key; undefined takes a key away. Keys that are not in it stay. */
export type SecretChange = Readonly<Record<string, string | undefined>>;

/** What a Secret holds at a moment: the value of a key, undefined when it has none. Throws `secret_invalid` and `state_corrupt`. */
export type SecretLookup = (key: string) => Secret | undefined;

/**
 * Changes the Secret of a Provider by what it holds now. Nothing else changes it meanwhile, in this process or another. What
 * `change` throws leaves it as it was. Throws `state_unwritable`.
 */
export type RenewSecret = (change: (stored: SecretLookup) => Promise<SecretChange>) => Promise<void>;

/** What the sidecar hands a login. It has no other powers. */
export interface LoginContext {
  /** `metadata.name` of the Provider resource. */
  readonly name: string;
  readonly stored: SecretLookup;
  /**
   * Reaches every host of the public Internet over verified TLS, and private ones that the plugin's `tokenHosts` name. It
   * follows no redirect, and gives up on more than 1 MiB and after 30 seconds.
   */
  readonly fetch: typeof globalThis.fetch;
  /**
   * Where a browser can come back to on this machine: `callback` has the path of that name, for clients that were registered
   * with it; `unguessable` another one each time.
   */
  readonly redirectUris: { readonly callback: string; readonly unguessable: string };
  /**
   * Has a person's browser open `url`, and gives the URL below `redirectUri` that it came back to with the `state` of `url`.
   * Only the first is taken. Rejects with `login_failed` when none comes in time.
   */
  readonly authorize: (url: URL, redirectUri: string) => Promise<URL>;
  /** Scopes that the person asks for beside the usual ones. */
  readonly scopes: readonly string[];
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Tells the person something. No secret belongs in it. */
  readonly log: (message: string) => void;
}

/** Has a person log in, and gives what the Provider's Secret is to hold from then on. Throws `login_failed`. */
export type Login = (context: LoginContext) => Promise<SecretChange>;
