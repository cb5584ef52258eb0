import { type Body, PaiError } from '@pai/core';
import type { Answer } from './peer.ts';
import { longestContent } from './wire.ts';

/** Content that a plugin may ask for, while something is asked of it. */
export interface Contents {
  /** Runs `action` with a key by which the content can be asked for until it is done. */
  during<T>(of: 'agent' | 'upstream', key: number, body: Body, action: () => Promise<T>): Promise<T>;
  /** Gives content. Throws for what is not being asked about, and for more than can be handed over. */
  read(what: 'bytes' | 'peek', value: unknown): Promise<Answer>;
}

/** Begins with no content. */
export function createContents(): Contents {
  const open = new Map<string, { readonly body: Body; uses: number }>();
  return {
    async during(of, key, body, action) {
      const name = `${of} ${key}`;
      const entry = open.get(name) ?? { body, uses: 0 };
      entry.uses += 1;
      open.set(name, entry);
      try {
        return await action();
      } finally {
        entry.uses -= 1;
        if (entry.uses === 0) open.delete(name);
      }
    },
    async read(what, value) {
      const { of, key, limit } = value as { of: unknown; key: unknown; limit: unknown };
      const found = open.get(`${String(of)} ${String(key)}`);
      if (found === undefined || typeof limit !== 'number' || !(limit >= 0)) {
        throw new PaiError('plugin_failed', 'the content is not being asked about');
      }
      const most = Math.min(limit, longestContent);
      return { bytes: await found.body[what](most) };
    },
  };
}
