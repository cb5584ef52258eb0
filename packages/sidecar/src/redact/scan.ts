import type { RedactedContent } from '@pai/core';
import { type Coding, createDecoder, type Decoder } from './decode.ts';
import { createZstdBlocks } from './zstd-blocks.ts';

/** What a scan tells. After `onFound`, `onUnreadable` or `onDone` it tells nothing more. */
export interface ScanEvents {
  /**
   * All that has come was decoded. What stands in `chunks`, `length` bytes when decoded, holds no credential, but may end in
   * the beginning of one.
   */
  onSearched(chunks: readonly Buffer[], length: number): void;
  /** There is room for more chunks. */
  onRoom(): void;
  /** More has come, or was decoded, than may be held for long. */
  onLong(): void;
  onFound(): void;
  onUnreadable(why: string): void;
  onDone(): void;
}

/** Encoded content that is decoded and searched. */
export interface Scan {
  push(chunk: Buffer): void;
  /** Nothing follows. */
  end(): void;
  /** What was not searched to its end yet. */
  readonly pending: () => readonly Buffer[];
  /** Whether nothing waits to be decoded. */
  readonly isIdle: () => boolean;
  /** Whether enough chunks wait. */
  readonly isCrowded: () => boolean;
  /** Does not begin with another chunk until `resume`. */
  pause(): void;
  resume(): void;
  close(): void;
}

/** Bytes of content, and of what they decode to, that may be held. */
const windowBytes = 1024 * 1024;
const windowDecoded = 16 * 1024 * 1024;
/** Bytes that wait to be decoded before there is no room for more. */
const longestQueue = 256 * 1024;
/** Most bytes that are decoded of one content. */
const mostDecoded = 1024 * 1024 * 1024;

/** Decodes one chunk after the other, each to its end, and searches what comes out. */
export function createScan(coding: Coding, content: RedactedContent, events: ScanEvents): Scan {
  let decoder: Decoder | undefined;
  let isOver = false;
  let isBusy = false;
  let isPaused = false;
  let hasEnded = false;
  let wasCrowded = false;
  let decoded = 0;
  /** Of it what was told. */
  let told = 0;
  let received = 0;
  let queued = 0;
  const queue: Buffer[] = [];
  const blocks = coding === 'zstd' ? createZstdBlocks() : undefined;

  const close = () => {
    isOver = true;
    decoder?.close();
  };
  const settle = (conclude: () => void) => {
    if (isOver) return;
    close();
    conclude();
  };
  const isCrowded = () => queued >= longestQueue;
  const onData = (piece: Buffer) => {
    const before = decoded;
    decoded += piece.length;
    content.push(piece);
    if (content.count() > 0) settle(events.onFound);
    else if (decoded > mostDecoded)
      settle(() => events.onUnreadable('its content is too long to be decoded'));
    else if (before <= windowDecoded && decoded > windowDecoded) events.onLong();
  };
  const tell = (chunks: readonly Buffer[]) => {
    const length = decoded - told;
    told = decoded;
    events.onSearched(chunks, length);
  };
  const next = () => {
    const [chunk] = queue;
    if (isOver || isBusy || isPaused || (chunk === undefined && !hasEnded)) return;
    isBusy = true;
    if (chunk === undefined) return finish();
    const onError = () => settle(() => events.onUnreadable('its content cannot be decoded'));
    decoder ??= createDecoder(coding, chunk, onData, onError);
    decoder.write(chunk, () => {
      isBusy = false;
      queue.shift();
      queued -= chunk.length;
      tell(blocks?.whole(chunk) ?? [chunk]);
      if (wasCrowded && !isCrowded()) {
        wasCrowded = false;
        events.onRoom();
      }
      next();
    });
  };
  const finish = () => {
    if (decoder === undefined) return settle(events.onDone);
    decoder.end(() => {
      content.end();
      if (content.count() > 0) return settle(events.onFound);
      if (blocks !== undefined) tell(blocks.open());
      return settle(events.onDone);
    });
  };

  return {
    push(chunk) {
      queue.push(chunk);
      queued += chunk.length;
      received += chunk.length;
      wasCrowded ||= isCrowded();
      if (received > windowBytes && received - chunk.length <= windowBytes) events.onLong();
      next();
    },
    end() {
      hasEnded = true;
      next();
    },
    pending: () => (blocks === undefined ? queue : [...blocks.open(), ...queue]),
    isIdle: () => queue.length === 0,
    isCrowded,
    pause() {
      isPaused = true;
    },
    resume() {
      isPaused = false;
      next();
    },
    close,
  };
}
