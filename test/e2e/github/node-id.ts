/** What a node id of GitHub's current format names: `R_…` a repository, `I_…` an issue in one, and so on. */
export interface NodeId {
  readonly prefix: string;
  readonly repository: number;
  /** Number of the issue or pull request, or id of what is in one. Absent for a repository. */
  readonly item?: number;
}

/** Writes a node id as GitHub does: a prefix, `_`, and a MessagePack list in base64url. */
export function writeNodeId({ prefix, repository, item }: NodeId): string {
  const numbers = [repository, ...(item === undefined ? [] : [item])];
  const bytes = Buffer.alloc(2 + numbers.length * 5);
  bytes.set([0x90 + 1 + numbers.length, 0]);
  numbers.forEach((number, i) => {
    bytes[2 + i * 5] = 0xce;
    bytes.writeUInt32BE(number, 3 + i * 5);
  });
  return `${prefix}_${bytes.toString('base64url')}`;
}

/** Reads what `writeNodeId` wrote. Throws for anything else. */
export function readNodeId(id: string): NodeId {
  const [, prefix = '', text = ''] = /^([A-Z]+)_([\w-]+)$/.exec(id) ?? [];
  const bytes = Buffer.from(text, 'base64url');
  const repository = { prefix, repository: bytes.readUInt32BE(3) };
  return bytes.length > 7 ? { ...repository, item: bytes.readUInt32BE(8) } : repository;
}
