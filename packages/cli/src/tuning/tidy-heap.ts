import { v8, wholeSize } from './heap-sizes.ts';

/** What a heap at rest is tidied by. */
export interface Tidying {
  /** Bytes that it must have grown by since it was last tidied, and by a third too. */
  readonly growth: number;
  /** Milliseconds of rest after which compiled code goes too. */
  readonly patience: number;
}

/** Collects the heap of a process that has rested for so many milliseconds, where that gives enough back. */
export function createTidying({ growth, patience }: Tidying, collect: Collect): (restTime: number) => void {
  let tidied = 0;
  let emptied = 0;
  // A large heap takes longer to collect than a little of it is worth.
  const hasGrown = (size: number) => wholeSize() >= size + Math.max(growth, size / 3);
  return (restTime) => {
    // What has hardly run has nothing worth keeping.
    if (hasGrown(emptied) && (emptied === 0 || restTime >= patience)) {
      // This kind also shrinks what is not needed, and gives up compiled code: only optimised code, unless V8 is told that
      // the rest is old too, which most of it is that has run once, to start.
      v8().setFlagsFromString('--bytecode-old-age=1');
      collect({ type: 'major', flavor: 'last-resort' });
      v8().setFlagsFromString('--bytecode-old-age=6');
      emptied = wholeSize();
    } else if (hasGrown(tidied)) collect({ type: 'major' });
    else return;
    tidied = wholeSize();
  };
}

/** V8's own collection. */
export type Collect = (options: { readonly type: 'minor' | 'major'; readonly flavor?: string }) => void;

/** V8's own collection, which Node hands out to new contexts when it is told to. */
export function createCollect(): Collect {
  v8().setFlagsFromString('--expose-gc');
  const gc = process.getBuiltinModule('node:vm').runInNewContext('gc');
  v8().setFlagsFromString('--no-expose-gc');
  return gc;
}
