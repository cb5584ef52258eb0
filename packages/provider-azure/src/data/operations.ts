/** What a method does with a selector: the `comp` of a query, or what stands for it. */
export interface Operation {
  readonly action: string;
  /** What else is to be read for it. */
  readonly flags: ReadonlySet<string>;
}

/** Finds the operation of a method and a selector; undefined for none that is known. */
export type FindOperation = (method: string, selector: string) => Operation | undefined;

/**
 * Compiles rows of `METHOD[,METHOD] selector action flag…`: `-` is no selector. Actions get `prefix` in front, unless it
 * is an exception with a leading slash.
 */
export function compileOperations(prefix: string, rows: string): FindOperation {
  const found = new Map<string, Operation>();
  for (const row of rows.trim().split('\n')) {
    const [methods = '', selector = '', action = '', ...flags] = row.trim().split(/\s+/);
    const operation = {
      action: action.startsWith('/') ? action.slice(1) : prefix + action,
      flags: new Set(flags),
    };
    for (const method of methods.split(',')) {
      found.set(`${method} ${selector === '-' ? '' : selector.toLowerCase()}`, operation);
    }
  }
  return (method, selector) => found.get(`${method} ${selector.toLowerCase()}`);
}
