/** Something that can be in one register at a time. */
export interface Registered {
  /** Where it stands; the register's own. */
  index: number;
}

/** What is there now, in no order. */
export interface Register<Item extends Registered> {
  add(item: Item): void;
  remove(item: Item): void;
  readonly size: () => number;
  readonly items: () => readonly Item[];
}

/**
 * A register for what comes and goes thousands of times a second. A `Set` would keep what has left it from being
 * collected: its outgrown tables hold on to their entries and to one another.
 */
export function createRegister<Item extends Registered>(): Register<Item> {
  const items: Item[] = [];
  return {
    add(item) {
      item.index = items.length;
      items.push(item);
    },
    remove(item) {
      const last = items.pop();
      if (last === undefined || last === item) return;
      items[item.index] = last;
      last.index = item.index;
    },
    size: () => items.length,
    items: () => [...items],
  };
}
