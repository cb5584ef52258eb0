import { PaiError } from '@pai/core';
import { longestMessage, prefix } from './framing.ts';

/** Bytes of a stream of messages as they go on. */
export interface Frame {
  readonly bytes: Buffer;
  /** The compressed flag. */
  readonly flag: number;
  /** What the bytes hold, encoded; undefined for the rest of a message that is too long to be held. */
  readonly message: Buffer | 'too long' | undefined;
}

/** Cuts a stream into its messages (gRPC over HTTP/2, "Length-Prefixed-Message"), and holds one of them. */
export interface Frames {
  /** The messages that this chunk completes. */
  push(chunk: Buffer): readonly Frame[];
  /** Throws `malformed_request` within a message. */
  end(): void;
}

/** Holds at most 16 MiB; of a longer message all pieces go on at once, the first as `too long`. */
export function createFrames(): Frames {
  let held: Buffer[] = [];
  let size = 0;
  let needed = prefix;
  let passing = 0;

  const next = (bytes: Buffer): Frame | undefined => {
    if (passing > 0) {
      const passed = bytes.subarray(0, passing);
      passing -= passed.length;
      return { bytes: passed, flag: 0, message: undefined };
    }
    needed = prefix;
    if (bytes.length < prefix) return undefined;
    const flag = bytes[0] ?? 0;
    const end = prefix + bytes.readUInt32BE(1);
    if (end > longestMessage) {
      passing = end - prefix;
      return { bytes: bytes.subarray(0, prefix), flag, message: 'too long' };
    }
    needed = end;
    if (bytes.length < end) return undefined;
    needed = prefix;
    return { bytes: bytes.subarray(0, end), flag, message: bytes.subarray(prefix, end) };
  };

  return {
    push(chunk) {
      held.push(chunk);
      size += chunk.length;
      if (passing === 0 && size < needed) return [];
      let rest = held.length === 1 ? chunk : Buffer.concat(held);
      const frames: Frame[] = [];
      while (rest.length > 0) {
        const frame = next(rest);
        if (frame === undefined) break;
        frames.push(frame);
        rest = rest.subarray(frame.bytes.length);
      }
      held = rest.length === 0 ? [] : [rest];
      size = rest.length;
      return frames;
    },
    end() {
      if (size === 0 && passing === 0) return;
      throw new PaiError('malformed_request', 'the gRPC call ends within a message');
    },
  };
}
