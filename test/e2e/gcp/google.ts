import type { Ca } from '@pai/sidecar';
import { startTlsService } from '../tls-service.ts';
import { type Account, createAccount } from './account.ts';
import { createGcs } from './gcs.ts';
import type { Bucket } from './gcs-store.ts';
import { hasPubsub, startPubsub } from './pubsub.ts';
import { answerTokens, type Pool, type TokenCall, type TokenEndpoints } from './token-endpoints.ts';
import { createTokens, type Tokens } from './tokens.ts';

/** What a Google is to be. */
export interface GoogleOptions {
  readonly ca: Ca;
  /** How long a token lives that is given out now, in seconds. */
  readonly seconds: () => number;
  readonly pool?: Pool;
  readonly mayImpersonate?: TokenEndpoints['mayImpersonate'];
  readonly withPubsub?: boolean;
  /** Milliseconds before a token endpoint answers. */
  readonly delay?: number;
}

/** Google's token endpoints, Cloud Storage and, where its emulator is there, Pub/Sub, behind one port. */
export interface Google {
  readonly port: number;
  readonly ca: Ca;
  readonly tokens: Tokens;
  readonly calls: readonly TokenCall[];
  readonly buckets: Map<string, Bucket>;
  /** `METHOD host/path` of what was not for a token endpoint. */
  readonly requests: readonly string[];
  addBucket(name: string): void;
  addAccount(name: string): Account;
  close(): Promise<void>;
}

/** The project of all accounts and buckets. */
export const project = 'pai-e2e';

/** Starts it. */
export async function startGoogle(options: GoogleOptions): Promise<Google> {
  const tokens = createTokens(options.seconds);
  const buckets = new Map<string, Bucket>();
  const calls: TokenCall[] = [];
  const requests: string[] = [];
  const endpoints: TokenEndpoints = {
    tokens,
    calls,
    delay: options.delay ?? 0,
    mayImpersonate: options.mayImpersonate ?? (() => false),
    ...(options.pool !== undefined && { pool: options.pool }),
  };
  const gcs = createGcs(tokens, buckets);
  const pubsub = options.withPubsub === true && hasPubsub ? await startPubsub(tokens) : undefined;
  const service = await startTlsService(options.ca, async (req, res, host) => {
    if (await answerTokens(req, res, host, endpoints)) return;
    requests.push(`${req.method} ${host}${req.url}`);
    if (await gcs(req, res, host)) return;
    if (pubsub !== undefined && host === 'pubsub.googleapis.com') return pubsub.answer(req, res);
    res.writeHead(404).end(`nothing at ${host}`);
  });
  return {
    port: service.port,
    ca: options.ca,
    tokens,
    calls,
    buckets,
    requests,
    addBucket: (name) => {
      buckets.set(name, { name, project, labels: {}, time: new Date().toISOString(), objects: new Map() });
    },
    addAccount: (name) => {
      const account = createAccount(name, project);
      tokens.accounts.set(account.email, account);
      return account;
    },
    close: async () => {
      await service.close();
      await pubsub?.close();
    },
  };
}
