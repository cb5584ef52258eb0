import type { Duplex } from 'node:stream';

/** A frame of HTTP/2 (RFC 9113 section 4.1). */
export interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly id: number;
  readonly payload: Buffer;
}

/** Types of frames. */
export const frameTypes = {
  DATA: 0,
  HEADERS: 1,
  PRIORITY: 2,
  RST_STREAM: 3,
  SETTINGS: 4,
  PUSH_PROMISE: 5,
  PING: 6,
  GOAWAY: 7,
  WINDOW_UPDATE: 8,
  CONTINUATION: 9,
} as const;

const { DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION } =
  frameTypes;

/** What a client says first (RFC 9113 section 3.4). */
export const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');

/** Flags of DATA, HEADERS and CONTINUATION. */
export const endStream = 0x1;
/** See {@link endStream}. */
export const endHeaders = 0x4;

/** Any frame, lawful or not. */
export function frame(
  type: number,
  flags: number,
  id: number,
  payload: Uint8Array = Buffer.alloc(0),
): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(id, 5);
  return Buffer.concat([head, payload]);
}

/** A header block of literals that nobody indexes (RFC 7541 section 6.2.2): any bytes can be said with it. */
export function block(fields: readonly (readonly [string, string])[]): Buffer {
  return Buffer.concat(
    fields.flatMap(([name, value]) => [Buffer.from([0x00]), literal(name), literal(value)]),
  );
}

function literal(text: string): Buffer {
  const bytes = Buffer.from(text, 'latin1');
  const length: number[] = [Math.min(bytes.length, 127)];
  let rest = bytes.length - 127;
  for (; rest >= 128; rest = Math.floor(rest / 128)) length.push((rest % 128) | 128);
  if (bytes.length >= 127) length.push(rest);
  return Buffer.concat([Buffer.from(length), bytes]);
}

/** HEADERS in one frame. */
export function headers(id: number, fields: readonly (readonly [string, string])[], flags = 0): Buffer {
  return frame(HEADERS, endHeaders | flags, id, block(fields));
}

/** DATA. */
export function data(id: number, content: string | Buffer, flags = 0): Buffer {
  return frame(DATA, flags, id, Buffer.from(content));
}

/** SETTINGS of numbers by identifier; none is empty. */
export function settings(values: Readonly<Record<number, number>> = {}): Buffer {
  const payload = Object.entries(values).map(([key, value]) => {
    const entry = Buffer.alloc(6);
    entry.writeUInt16BE(Number(key), 0);
    entry.writeUInt32BE(value, 2);
    return entry;
  });
  return frame(SETTINGS, 0, 0, Buffer.concat(payload));
}

/** Identifiers of settings. */
export const settingIds = {
  maxConcurrentStreams: 3,
  initialWindowSize: 4,
  maxFrameSize: 5,
  maxHeaderListSize: 6,
} as const;

/** Acknowledges SETTINGS. */
export const settingsAck = frame(SETTINGS, 1, 0);

/** A frame whose payload is one 32-bit number. */
function numbered(type: number, id: number, value: number): Buffer {
  const payload = Buffer.alloc(4);
  payload.writeUInt32BE(value);
  return frame(type, 0, id, payload);
}

/** RST_STREAM. */
export const reset = (id: number, code: number): Buffer => numbered(RST_STREAM, id, code);

/** WINDOW_UPDATE. */
export const windowUpdate = (id: number, size: number): Buffer => numbered(WINDOW_UPDATE, id, size);

/** PING. */
export const ping = (): Buffer => frame(PING, 0, 0, Buffer.alloc(8));

/** PRIORITY. */
export const priority = (id: number): Buffer => frame(PRIORITY, 0, id, Buffer.from([0, 0, 0, 0, 16]));

/** CONTINUATION. */
export const continuation = (id: number, payload: Buffer, flags = 0): Buffer =>
  frame(CONTINUATION, flags, id, payload);

/** GOAWAY. */
export function goaway(lastId: number, code: number): Buffer {
  const payload = Buffer.alloc(8);
  payload.writeUInt32BE(lastId, 0);
  payload.writeUInt32BE(code, 4);
  return frame(GOAWAY, 0, 0, payload);
}

/** Cuts bytes into frames, after the preface where there is one. */
export function createFrameReader(onFrame: (frame: Frame) => void): (chunk: Buffer) => void {
  let pending: Buffer = Buffer.alloc(0);
  return (chunk) => {
    pending = Buffer.concat([pending, chunk]);
    if (pending.subarray(0, preface.length).equals(preface)) pending = pending.subarray(preface.length);
    for (;;) {
      if (pending.length < 9 || pending[0] === 0x50) return;
      const length = pending.readUIntBE(0, 3);
      if (pending.length < 9 + length) return;
      onFrame({
        type: pending[3] as number,
        flags: pending[4] as number,
        id: pending.readUInt32BE(5) & 0x7fffffff,
        payload: pending.subarray(9, 9 + length),
      });
      pending = pending.subarray(9 + length);
    }
  };
}

/** A connection that is talked on frame by frame. */
export interface FrameLine {
  send(...frames: Buffer[]): void;
  /** The first frame, past or to come, that fits; undefined when the connection ended without. */
  until(fits: (frame: Frame) => boolean): Promise<Frame | undefined>;
  readonly frames: readonly Frame[];
  /** Settles when the connection has ended. */
  readonly closed: Promise<void>;
}

/** Speaks frames over a socket. */
export function createFrameLine(socket: Duplex): FrameLine {
  const frames: Frame[] = [];
  let isClosed = false;
  let wake = Promise.withResolvers<void>();
  const { promise: closed, resolve } = Promise.withResolvers<void>();
  const stir = () => {
    wake.resolve();
    wake = Promise.withResolvers();
  };
  const close = () => {
    isClosed = true;
    resolve();
    stir();
  };
  const read = createFrameReader((one) => {
    frames.push(one);
    stir();
  });
  socket.on('data', read).on('error', close).on('end', close).on('close', close);
  return {
    frames,
    closed,
    send: (...all) => void socket.write(Buffer.concat(all)),
    async until(fits) {
      for (;;) {
        const found = frames.find(fits);
        if (found !== undefined || isClosed) return found;
        await wake.promise;
      }
    },
  };
}
