/** A route that fits, with the raw values of its labels. */
export interface Found {
  readonly name: string;
  readonly labels: ReadonlyMap<string, string>;
}

/**
 * A matcher over a service's lines: every route that fits best. A literal segment beats a label and a label a greedy
 * one, from left to right; then more constant query keys win, as Smithy's HTTP bindings say; equals are all given.
 */
export function createRoutes(
  lines: Iterable<string>,
): (method: string, path: string, query: string) => Found[] {
  const roots = new Map<string, Node>();
  for (const line of lines) {
    const [name = '', routes = ''] = line.split('|');
    const parts = routes === '' ? [] : routes.split(' ');
    for (let index = 0; index + 1 < parts.length; index += 2) {
      const root = roots.get(parts[index] ?? '') ?? emptyNode();
      roots.set(parts[index] ?? '', root);
      addRoute(root, name, parts[index + 1] ?? '');
    }
  }
  return (method, path, query) => {
    const root = roots.get(method);
    if (root === undefined || !path.startsWith('/')) return [];
    return walk(root, path.slice(1).split('/'), 0, [], query);
  };
}

/** What follows a segment: by its text, by a label, by a label that takes all that is left. */
interface Node {
  readonly literals: Map<string, Node>;
  label?: Node;
  /** What may follow a greedy label, `undefined` under the empty text. */
  greedy?: Node;
  readonly ends: End[];
}

interface End {
  readonly name: string;
  readonly labels: readonly string[];
  /** Constant query keys, with the value where the template has one. */
  readonly query: readonly (readonly [key: string, value: string | undefined])[];
}

function emptyNode(): Node {
  return { literals: new Map(), ends: [] };
}

function addRoute(root: Node, name: string, template: string): void {
  const [path = '', query = ''] = template.split('?');
  const labels: string[] = [];
  let node = root;
  for (const segment of path.split('/').filter((one) => one !== '')) {
    const [, label, mark] = /^\{([^}+]+)(\+?)\}$/.exec(segment) ?? [];
    if (label !== undefined) labels.push(label);
    node = label === undefined ? literal(node, segment) : labelled(node, mark === '+');
  }
  const keys = query.split('&').filter((one) => one !== '');
  node.ends.push({
    name,
    labels,
    query: keys.map((key) => [key.split('=')[0] ?? '', key.split('=')[1]] as const),
  });
}

function literal(node: Node, segment: string): Node {
  const next = node.literals.get(segment) ?? emptyNode();
  node.literals.set(segment, next);
  return next;
}

function labelled(node: Node, isGreedy: boolean): Node {
  const next = (isGreedy ? node.greedy : node.label) ?? emptyNode();
  if (isGreedy) node.greedy = next;
  else node.label = next;
  return next;
}

/** The segments of a label's value: from the first to before the second. */
type Span = readonly [from: number, to: number];

function walk(
  node: Node,
  segments: readonly string[],
  index: number,
  spans: readonly Span[],
  query: string,
): Found[] {
  const segment = segments[index];
  if (segment === undefined || isTrailing(segments, index)) return endsOf(node, segments, spans, query);
  const exact = node.literals.get(segment.includes('%') ? decoded(segment) : segment);
  const found = exact === undefined ? [] : walk(exact, segments, index + 1, spans, query);
  if (found.length > 0) return found;
  if (node.label !== undefined && segment !== '') {
    const under = walk(node.label, segments, index + 1, [...spans, [index, index + 1]], query);
    if (under.length > 0) return under;
  }
  if (node.greedy === undefined) return [];
  // the shortest first: what follows the label is literal, and nearest to it
  for (let end = segment === '' ? index + 2 : index + 1; end <= segments.length; end += 1) {
    if (isTrailing(segments, end)) continue; // of a greedy label it is the last character
    const greedy = walk(node.greedy, segments, end, [...spans, [index, end]], query);
    if (greedy.length > 0) return greedy;
  }
  return [];
}

/** What is left is one slash, which clients write and leave out as they like. */
function isTrailing(segments: readonly string[], index: number): boolean {
  return index === segments.length - 1 && segments[index] === '';
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

function endsOf({ ends }: Node, segments: readonly string[], spans: readonly Span[], query: string): Found[] {
  const [only] = ends;
  const given = ends.length === 1 && only?.query.length === 0 ? undefined : new URLSearchParams(query);
  const fitting = ends.filter((end) =>
    end.query.every(
      ([key, value]) =>
        given?.has(key) === true && (value === undefined || given.getAll(key).includes(value)),
    ),
  );
  const most = Math.max(...fitting.map((end) => end.query.length));
  return fitting
    .filter((end) => end.query.length === most)
    .map(({ name, labels }) => ({
      name,
      labels: new Map(
        labels.map((label, index) => [label, segments.slice(...(spans[index] ?? [0, 0])).join('/')]),
      ),
    }));
}
