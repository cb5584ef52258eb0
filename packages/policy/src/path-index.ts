/** Something that a text may fit, by its place in a list. */
export interface Indexed {
  readonly index: number;
  /** What every text begins with that fits it; several where it is read in several ways. Each begins with a slash, or is empty. */
  readonly beginnings: readonly string[];
}

/**
 * The least index of an item that `fits` and that is less than `limit`, else `limit`. Only those are asked that `text`
 * shares the whole segments of a beginning with.
 */
export type PathIndex<Item> = (text: string, fits: (item: Item) => boolean, limit: number) => number;

interface Node<Item> {
  /** In the order of their indexes. */
  readonly items: Item[];
  readonly children: Map<string, Node<Item>>;
}

/** Makes a list, in the order of its indexes, ready to be searched: of many rules a path concerns few. */
export function createPathIndex<Item extends Indexed>(items: readonly Item[]): PathIndex<Item> {
  const root: Node<Item> = createNode();
  for (const item of items) for (const beginning of item.beginnings) nodeOf(root, beginning).items.push(item);
  return (text, fits, limit) => {
    let least = leastOf(root, fits, limit);
    let node = root;
    for (let at = 1; node.children.size > 0; ) {
      const end = text.indexOf('/', at);
      const child = end === -1 ? undefined : node.children.get(text.slice(at, end));
      if (child === undefined) break;
      least = leastOf(child, fits, least);
      node = child;
      at = end + 1;
    }
    return least;
  };
}

function createNode<Item>(): Node<Item> {
  return { items: [], children: new Map() };
}

/** What stands behind the last slash may go on in a text. */
function nodeOf<Item>(root: Node<Item>, beginning: string): Node<Item> {
  let node = root;
  for (const segment of beginning.split('/').slice(1, -1)) {
    const child = node.children.get(segment) ?? createNode<Item>();
    node.children.set(segment, child);
    node = child;
  }
  return node;
}

function leastOf<Item extends Indexed>(
  { items }: Node<Item>,
  fits: (item: Item) => boolean,
  limit: number,
): number {
  for (const item of items) {
    if (item.index >= limit) return limit;
    if (fits(item)) return item.index;
  }
  return limit;
}
