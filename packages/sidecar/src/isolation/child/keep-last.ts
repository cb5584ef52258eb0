/** Most things that are known again. */
const mostKept = 1_024;

/** Gives for a key what was made for it before, or makes it; only the last ones are kept. */
export function keepLast<T>(): (key: number, make: () => T) => T {
  const known = new Map<number, T>();
  return (key, make) => {
    const found = known.get(key) ?? make();
    known.delete(key);
    known.set(key, found);
    const [oldest] = known.size > mostKept ? known.keys() : [];
    if (oldest !== undefined) known.delete(oldest);
    return found;
  };
}
