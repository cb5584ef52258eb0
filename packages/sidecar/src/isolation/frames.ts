/** Most bytes of one frame. A process that announces more has lost its mind, and is ended. */
const longestFrame = 8 * 1024 * 1024;

/** Most bytes of the JSON in a frame: it is read in one go. */
const longestText = 2 * 1024 * 1024;

/** What goes over a channel: a line of JSON, and bytes that are not in it. */
export interface Frame {
  readonly message: unknown;
  readonly bytes: Buffer;
}

const headLength = 8;

/** A frame as bytes: the length of both parts, the length of the JSON, the JSON, the bytes. Throws `RangeError` for one that is too long. */
export function encodeFrame(message: unknown, bytes?: Uint8Array): Buffer {
  const text = Buffer.from(JSON.stringify(message));
  const length = text.length + (bytes?.length ?? 0);
  if (length > longestFrame || text.length > longestText) throw new RangeError('the frame is too long');
  const frame = Buffer.allocUnsafe(headLength + length);
  frame.writeUInt32BE(length, 0);
  frame.writeUInt32BE(text.length, 4);
  frame.set(text, headLength);
  if (bytes !== undefined) frame.set(bytes, headLength + text.length);
  return frame;
}

/**
 * Takes bytes as they come and gives every frame that is whole. Throws for what is none: a length beyond the limit or
 * beyond its frame, and text that is no JSON.
 */
export function createFrameReader(onFrame: (frame: Frame) => void): (chunk: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0);
  let parts: Buffer[] = [];
  let waiting = 0;
  let wanted = headLength;
  return (chunk) => {
    parts.push(chunk);
    waiting += chunk.length;
    if (rest.length + waiting < wanted) return;
    rest = rest.length === 0 && parts.length === 1 ? chunk : Buffer.concat([rest, ...parts]);
    parts = [];
    waiting = 0;
    for (;;) {
      wanted = sizeOf(rest);
      if (rest.length < wanted || wanted === headLength) return;
      const end = headLength + rest.readUInt32BE(4);
      const message: unknown = JSON.parse(rest.toString('utf8', headLength, end));
      const bytes = rest.subarray(end, wanted);
      rest = rest.subarray(wanted);
      onFrame({ message, bytes });
    }
  };
}

function sizeOf(buffer: Buffer): number {
  if (buffer.length < headLength) return headLength;
  const length = buffer.readUInt32BE(0);
  const text = buffer.readUInt32BE(4);
  if (length > longestFrame || text > Math.min(length, longestText) || text === 0)
    throw new RangeError('not a frame');
  return headLength + length;
}
