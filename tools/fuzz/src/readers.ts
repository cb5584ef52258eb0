import { createLlhttpReader } from '../../../packages/sidecar/test/fuzz/read-llhttp.ts';
import { createUndiciReader } from '../../../packages/sidecar/test/fuzz/read-undici.ts';
import type { Reader } from '../../../packages/sidecar/test/fuzz/reading.ts';
import { createGoReader } from './read-go.ts';

/** Whom Pai's reader can be held against. */
export const readerNames = ['llhttp', 'undici', 'go'] as const;

/** One of {@link readerNames}. */
export type ReaderName = (typeof readerNames)[number];

/** Whether `name` is one of {@link readerNames}. */
export function isReaderName(name: string): name is ReaderName {
  return (readerNames as readonly string[]).includes(name);
}

const factories: Readonly<Record<ReaderName, () => Reader | undefined>> = {
  llhttp: createLlhttpReader,
  undici: createUndiciReader,
  go: createGoReader,
};

/** The readers called `names`, without those that are not installed here. */
export function createReaders(names: readonly ReaderName[]): Reader[] {
  return names.flatMap((name) => factories[name]() ?? []);
}
