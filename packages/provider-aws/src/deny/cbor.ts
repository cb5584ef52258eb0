/** A map of texts in CBOR (RFC 8949), of at most 23 members. */
export function cborMap(members: Readonly<Record<string, string>>): Buffer {
  const entries = Object.entries(members);
  return Buffer.concat([Buffer.of(0xa0 + entries.length), ...entries.flat().map(cborText)]);
}

function cborText(text: string): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([cborHead(0x60, bytes.length), bytes]);
}

/** The major type in the upper three bits, and a length. */
function cborHead(major: number, length: number): Buffer {
  if (length < 24) return Buffer.of(major + length);
  const head = Buffer.alloc(5);
  head.writeUInt8(major + 26);
  head.writeUInt32BE(length, 1);
  return head;
}
