import { read, readSync, writeSync } from 'node:fs';
import { PaiError } from '@pai/core';
import { createFrameReader, encodeFrame, type Frame } from '../frames.ts';
import { createPeer, type OnCall, type Peer } from '../peer.ts';
import { descriptors } from '../wire.ts';

/** The channel to the sidecar. */
export interface Channel extends Peer {
  /** Asks and waits for the answer, with the process. Throws what the other side throws. */
  ask(what: string, value: unknown): unknown;
}

/**
 * Speaks over inherited descriptors, by plain reads and writes: a socket of Node's would bring the class that opens
 * others. A sidecar that is gone ends the process by `exit`.
 */
export function openChannel(onCall: OnCall, exit: (status: number) => never): Channel {
  const write = (frame: Buffer) => writeWhole(descriptors.out, frame);
  const peer = createPeer({ write, onCall });
  const feed = createFrameReader(peer.receive);
  const buffer = Buffer.allocUnsafeSlow(64 * 1024);
  const listen = () =>
    read(descriptors.in, buffer, 0, buffer.length, null, (error, count) => {
      if (error !== null || count === 0) exit(0);
      feed(Buffer.from(buffer.subarray(0, count)));
      listen();
    });
  listen();
  return {
    ...peer,
    ask(what, value) {
      write(encodeFrame({ what: 'ask', value: { what, value } }));
      return readAnswer(exit);
    },
  };
}

function writeWhole(descriptor: number, bytes: Buffer): void {
  for (let done = 0; done < bytes.length; ) {
    done += writeSync(descriptor, bytes, done, bytes.length - done);
  }
}

interface Said {
  readonly value?: unknown;
  readonly error?: { readonly code: 'internal'; readonly message: string };
}

function readAnswer(exit: (status: number) => never): unknown {
  let found: Frame | undefined;
  const feed = createFrameReader((frame) => {
    found = frame;
  });
  const buffer = Buffer.allocUnsafeSlow(64 * 1024);
  while (found === undefined) {
    const count = readSync(descriptors.answers, buffer, 0, buffer.length, null);
    if (count === 0) exit(0);
    feed(Buffer.from(buffer.subarray(0, count)));
  }
  const { value, error } = found.message as Said;
  if (error !== undefined) throw new PaiError(error.code, error.message);
  return value;
}
