import { PassThrough, type Readable } from 'node:stream';
import { type Filtering, PaiError, type ResponseHead } from '@pai/core';
import { readFiltered } from './came-back.ts';
import type { Keeper } from './keeper.ts';
import type { Answer } from './peer.ts';
import type { RequestHead } from './wire.ts';

/** Responses that go through a plugin's filter, there and back chunk by chunk. */
export interface Filtered {
  /** Asks about a response head, which may lose fields. */
  begin(head: ResponseHead, request: RequestHead): Promise<Filtering>;
  /** Takes what the filter gives; answered when there is room for more. Throws for content that nobody waits for. */
  take(what: string, value: unknown, bytes: Buffer): Promise<Answer>;
}

/** Milliseconds for one chunk: an agent that reads slowly holds it back for long. */
const chunkDeadline = 3_600_000;

/** Begins with no response. */
export function createFiltered(keeper: Pick<Keeper, 'call'>): Filtered {
  const open = new Map<number, PassThrough>();
  let count = 0;

  const transform = (key: number) => (content: Readable) => {
    const output = new PassThrough();
    open.set(key, output);
    const end = () => {
      if (!open.delete(key)) return;
      keeper.call('contentDrop', { key }).catch(() => undefined);
    };
    output.on('close', end);
    content.on('close', () => {
      if (!content.readableEnded) output.destroy();
    });
    pump(keeper, key, content).catch((thrown: unknown) => {
      // Nothing is missing of one that has been given whole.
      if (!output.writableEnded) output.destroy(thrown as Error);
    });
    return output;
  };

  return {
    async begin(head, request) {
      count += 1;
      const key = count;
      const { value } = await keeper.call('filter', { key, head, request });
      const { headers, isTransforming } = readFiltered(value, head.headers);
      head.headers = headers;
      return isTransforming ? transform(key) : undefined;
    },
    async take(what, value, bytes) {
      const { key } = value as { key: number };
      const output = open.get(key);
      if (output === undefined) throw new PaiError('plugin_failed', 'nobody waits for that content');
      if (what === 'filteredFailed') {
        output.destroy(new PaiError('plugin_failed', 'the filter of the response failed'));
        return {};
      }
      if (what === 'filteredEnd') output.end();
      else await write(output, Buffer.from(bytes));
      return {};
    },
  };
}

async function pump(keeper: Pick<Keeper, 'call'>, key: number, content: Readable): Promise<void> {
  for await (const chunk of content) {
    await keeper.call('content', { key }, { bytes: chunk as Buffer, deadline: chunkDeadline });
  }
  // Waits for what the filter gives then: who ends before that has not given all.
  await keeper.call('contentEnd', { key }, { deadline: chunkDeadline });
}

function write(output: PassThrough, bytes: Buffer): Promise<void> {
  return new Promise((resolve) => {
    if (output.destroyed || output.write(bytes)) return resolve();
    const go = () => {
      output.off('drain', go).off('close', go);
      resolve();
    };
    output.on('drain', go).on('close', go);
  });
}
