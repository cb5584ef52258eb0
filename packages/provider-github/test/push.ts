import { pktLine } from '../src/git/pkt-line.ts';

/** An object id that is there, and one that says "none". */
export const oid = 'a'.repeat(40);
export const none = '0'.repeat(40);

/** What a client of git-receive-pack sends: commands as `old new ref`, then a pack. */
export function pushOf(
  commands: readonly string[],
  { capabilities = ' report-status side-band-64k', before = [] as readonly string[], pack = 'PACK…' } = {},
): Buffer {
  const lines = commands.map((line, i) => pktLine(i === 0 ? `${line}\0${capabilities}` : line));
  return Buffer.concat([
    ...before.map((line) => pktLine(line)),
    ...lines,
    Buffer.from('0000'),
    Buffer.from(pack),
  ]);
}
