/** One way to a method of an API. */
export interface Method {
  /** What the path has after its last colon. */
  readonly verb?: string;
  /** Permissions that it needs. */
  readonly permissions: readonly string[];
  /** Segments at the end of the path that do not name its resource. */
  readonly after: number;
  /** `any`: its content can name what else it reads or writes, of any kind. */
  readonly reach?: 'any';
  /** Content can be sent by `/upload/` and `/resumable/upload/`. */
  readonly hasUpload: boolean;
  /** It lists what is under its resource, by the last segment of the path. */
  readonly isListing: boolean;
  /** Query parameter with the id of what it makes under the last segment of the path. */
  readonly childQuery?: string;
  /** Member of its content with that id: `name`, `tableReference.tableId`. */
  readonly childContent?: string;
}

/** The methods of one API. */
export interface ApiModel {
  /** The prefix of its permissions. */
  readonly prefix: string;
  /** Some of its paths end with a colon and a verb. */
  readonly hasVerbs: boolean;
  /** The path without the version in front, split; undefined when it has none that is known. */
  readonly split: (path: string) => VersionedPath | undefined;
  /** The methods at a path, the most literal reading of it. More than one when all of them stand for it. */
  readonly find: (path: VersionedPath, httpMethod: string, verb?: string) => readonly Method[];
  /** Whether anything at all is known at a path, by any method. */
  readonly isKnown: (path: VersionedPath) => boolean;
}

/** A path in one version of an API. */
export interface VersionedPath {
  readonly version: number;
  readonly segments: readonly string[];
}

interface Leaf {
  readonly letter: string;
  readonly versions: string;
  readonly method: Method;
}

interface Node {
  readonly literals: Map<string, Node>;
  one?: Node;
  many?: Node;
  readonly leaves: Leaf[];
}

const letters: Readonly<Record<string, string>> = { GET: 'G', POST: 'P', PUT: 'U', PATCH: 'A', DELETE: 'D' };

/** Reads the text of an API, as `tools/catalogue/src/gcp/encode.ts` writes it. */
export function createApiModel(text: string): ApiModel {
  const [heads = '', prefix = '', ...lines] = text.split('\n');
  const versions = heads
    .split(' ')
    .map((head, version) => ({ head: head === '-' ? '' : `${head}/`, version }))
    .sort((a, b) => b.head.length - a.head.length);
  const root: Node = { literals: new Map(), leaves: [] };
  let hasVerbs = false;
  for (const line of lines) {
    const { segments, leaf } = readLine(line);
    hasVerbs ||= leaf.method.verb !== undefined;
    nodeAt(root, segments).leaves.push(leaf);
  }
  return {
    prefix,
    hasVerbs,
    split: (path) => {
      const own = `${path.slice(1)}/`;
      const found = versions.find(({ head }) => own.startsWith(head));
      if (found === undefined) return undefined;
      const rest = own.slice(found.head.length);
      return { version: found.version, segments: rest === '' ? [] : rest.slice(0, -1).split('/') };
    },
    find: ({ version, segments }, httpMethod, verb) => {
      const letter = letters[httpMethod];
      const at = version.toString(36);
      return walk(root, segments, 0, (leaves) =>
        leaves.filter(
          (leaf) =>
            leaf.letter === letter &&
            leaf.method.verb === verb &&
            (leaf.versions === '' || leaf.versions.includes(at)),
        ),
      ).map(({ method }) => method);
    },
    isKnown: ({ segments }) => walk(root, segments, 0, (leaves) => leaves).length > 0,
  };
}

function readLine(line: string): { segments: readonly string[]; leaf: Leaf } {
  const [head = '', path = '', named = '', permissions = '', marks = ''] = line.split('|');
  const [, own = path, verb] = /^(.*):([^:/]+)$/.exec(path) ?? [];
  const segments = own === '' ? [] : own.split('/');
  const [, flags = '', child = ''] = /^([!^/]*)(.*)$/.exec(marks) ?? [];
  const method: Method = {
    ...(verb !== undefined && { verb }),
    permissions: permissions.split('+'),
    after: named === '' ? 0 : segments.length - Number(named),
    ...(flags.includes('!') && { reach: 'any' as const }),
    hasUpload: flags.includes('^'),
    isListing: flags.includes('/'),
    ...(child.startsWith('?') && { childQuery: child.slice(1) }),
    ...(child.startsWith('=') && { childContent: child.slice(1) }),
  };
  return { segments, leaf: { letter: head.slice(0, 1), versions: head.slice(1), method } };
}

function nodeAt(root: Node, segments: readonly string[]): Node {
  let node = root;
  for (const segment of segments) {
    if (segment === '*') node = node.one ??= { literals: new Map(), leaves: [] };
    else if (segment === '**') node = node.many ??= { literals: new Map(), leaves: [] };
    else {
      const next = node.literals.get(segment) ?? { literals: new Map(), leaves: [] };
      node.literals.set(segment, next);
      node = next;
    }
  }
  return node;
}

/** The leaves of the most literal path there is; `**` takes as little as it can. */
function walk(
  node: Node,
  segments: readonly string[],
  at: number,
  choose: (leaves: readonly Leaf[]) => readonly Leaf[],
): readonly Leaf[] {
  const segment = segments[at];
  if (segment === undefined) return choose(node.leaves);
  const literal = node.literals.get(segment);
  const found = literal === undefined ? [] : walk(literal, segments, at + 1, choose);
  if (found.length > 0) return found;
  const one = node.one === undefined ? [] : walk(node.one, segments, at + 1, choose);
  if (one.length > 0 || node.many === undefined) return one;
  for (let end = at + 1; end <= segments.length; end += 1) {
    const many = walk(node.many, segments, end, choose);
    if (many.length > 0) return many;
  }
  return [];
}
