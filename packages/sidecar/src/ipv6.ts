/**
 * The 16 bytes of an IPv6 address in any spelling of RFC 4291 section 2.2, a dotted tail included. The text must be
 * one already (`net.isIPv6`); a zone is left out.
 */
export function ipv6Bytes(address: string): Buffer {
  const text = (address.split('%', 1)[0] ?? '').replace(/\d+\.\d+\.\d+\.\d+$/, dottedAsGroups);
  const [head = '', tail] = text.split('::');
  const left = groupsOf(head);
  const right = groupsOf(tail ?? '');
  const gap = new Array<number>(8 - left.length - right.length).fill(0);
  return Buffer.from([...left, ...gap, ...right].flatMap((group) => [group >> 8, group & 0xff]));
}

function groupsOf(text: string): number[] {
  return text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16));
}

function dottedAsGroups(dotted: string): string {
  const [a = 0, b = 0, c = 0, d = 0] = dotted.split('.').map(Number);
  return `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
}
