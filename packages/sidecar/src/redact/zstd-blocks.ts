/** Parts zstd content where its blocks end (RFC 8878 section 3.1): decoders give nothing of a block before they have all of it. */
export interface ZstdBlocks {
  /** Takes the next bytes. Gives what stands in whole blocks now and was not given before. */
  whole(chunk: Buffer): readonly Buffer[];
  /** What stands in a block whose end has not come. */
  readonly open: () => readonly Buffer[];
}

/** Content that has not begun. */
export function createZstdBlocks(): ZstdBlocks {
  const openBytes = createReader();
  let open: Buffer[] = [];
  return {
    whole(chunk) {
      const end = chunk.length - openBytes(chunk);
      if (end <= 0) {
        open.push(chunk);
        return [];
      }
      const given = [...open, chunk.subarray(0, end)];
      open = end === chunk.length ? [] : [chunk.subarray(end)];
      return given;
    },
    open: () => open,
  };
}

type Part =
  | 'magic'
  | 'skipped size'
  | 'skipped'
  | 'descriptor'
  | 'frame'
  | 'block size'
  | 'block'
  | 'checksum';

const frameMagic = 0xfd2fb528;
const skippedMagic = 0x184d2a50;

/** Takes the next bytes, and gives how many of all so far stand behind the last end of a part. */
function createReader(): (chunk: Buffer) => number {
  let part: Part = 'magic';
  let left = 4;
  let value = 0;
  let shift = 0;
  let open = 0;
  let isLast = false;
  let hasChecksum = false;

  const begin = (next: Part, length: number) => {
    part = next;
    left = length;
    value = 0;
    shift = 0;
  };
  const afterMagic = () => {
    if (value >>> 0 === frameMagic) return begin('descriptor', 1);
    if ((value & ~0xf) === skippedMagic) return begin('skipped size', 4);
    // No decoder reads on either.
    return begin('block', Number.POSITIVE_INFINITY);
  };
  const afterSize = () => {
    isLast = (value & 1) === 1;
    const isRepeated = ((value >> 1) & 3) === 1;
    begin('block', isRepeated ? 1 : value >>> 3);
  };
  const finish = () => {
    if (part === 'block size') return afterSize();
    open = 0;
    if (part === 'magic') return afterMagic();
    if (part === 'skipped size') return begin('skipped', value >>> 0);
    if (part === 'descriptor') {
      hasChecksum = (value & 4) !== 0;
      return begin('frame', frameHeaderLength(value));
    }
    if (part === 'frame' || (part === 'block' && !isLast)) return begin('block size', 3);
    return part === 'block' && hasChecksum ? begin('checksum', 4) : begin('magic', 4);
  };
  const read = (bytes: Buffer) => {
    for (const byte of bytes) {
      value |= byte << shift;
      shift += 8;
    }
  };

  return (chunk) => {
    for (let at = 0; at < chunk.length; ) {
      const end = at + Math.min(left, chunk.length - at);
      if (part !== 'block' && part !== 'skipped') read(chunk.subarray(at, end));
      left -= end - at;
      open = part === 'skipped' ? 0 : open + end - at;
      at = end;
      while (left === 0) finish();
    }
    return open;
  };
}

/** Of what follows the descriptor: window, dictionary and content size. */
function frameHeaderLength(descriptor: number): number {
  const isOneSegment = (descriptor & 0x20) !== 0;
  const dictionary = [0, 1, 2, 4][descriptor & 3] ?? 0;
  const size = [isOneSegment ? 1 : 0, 2, 4, 8][descriptor >>> 6] ?? 0;
  return (isOneSegment ? 0 : 1) + dictionary + size;
}
