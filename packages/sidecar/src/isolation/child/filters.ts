import { once } from 'node:events';
import { PassThrough, type Readable } from 'node:stream';
import { PaiError } from '@pai/core';
import type { Answer } from '../peer.ts';
import type { Channel } from './channel.ts';

/** Content that goes through a plugin's filters, chunk by chunk; a write is answered when there is room for the next. */
export interface Filters {
  open(key: number, transform: (content: Readable) => Readable): void;
  write(key: number, bytes: Buffer): Promise<Answer>;
  /** Answered when the filter has given all that it gives. */
  end(key: number): Promise<Answer>;
  drop(key: number): Answer;
}

interface Streams {
  readonly source: PassThrough;
  readonly output: Readable;
  given: Promise<void>;
}

/** Most bytes of one chunk on its way back. */
const longestChunk = 256 * 1024;

/** Runs filters for the sidecar, which gets what they give as calls of its own. */
export function createFilters(channel: Pick<Channel, 'call'>): Filters {
  const open = new Map<number, Streams>();
  const close = (key: number) => {
    const streams = open.get(key);
    open.delete(key);
    streams?.source.destroy();
    streams?.output.destroy();
  };
  const pump = async (key: number, output: Readable) => {
    try {
      for await (const chunk of output) {
        const bytes = Buffer.from(chunk as Uint8Array);
        for (let at = 0; at < bytes.length; at += longestChunk) {
          await channel.call('filtered', { key }, bytes.subarray(at, at + longestChunk));
        }
      }
      await channel.call('filteredEnd', { key });
    } catch {
      await channel.call('filteredFailed', { key });
    } finally {
      close(key);
    }
  };
  return {
    open(key, transform) {
      const source = new PassThrough();
      source.on('error', () => undefined);
      const output = transform(source);
      const streams: Streams = { source, output, given: Promise.resolve() };
      open.set(key, streams);
      streams.given = pump(key, output).catch(() => undefined);
    },
    async write(key, bytes) {
      const { source } = open.get(key) ?? {};
      if (source === undefined)
        throw new PaiError('upstream_protocol', 'the filter of the response has ended');
      if (!source.write(Buffer.from(bytes)))
        await Promise.race([once(source, 'drain'), once(source, 'close')]);
      return {};
    },
    async end(key) {
      const streams = open.get(key);
      streams?.source.end();
      await streams?.given;
      return {};
    },
    drop(key) {
      close(key);
      return {};
    },
  };
}
