import { readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Providers from which on a start is long enough for V8 to optimise what is over before that is of use. */
const many = 200;

/**
 * After how many calls V8 optimises a function, and how many bytes of bytecode TurboFan takes into one function from those
 * that it calls: by itself, and while it is held back.
 */
const usual = { calls: 400, inlined: 920 };
const held: typeof usual = { calls: 5_000, inlined: 100 };

/**
 * Has V8 optimise later and less while the Providers of a namespace are loaded, if they are many: on one core it takes a
 * quarter of such a start. Ends when the function it gives is called.
 */
export function holdBackOptimizing(home: string, namespace = 'default'): () => void {
  if (countIn(join(home, 'providers', namespace)) < many) return () => undefined;
  // Loading it takes 4 ms, which no other start is to wait for.
  const { setFlagsFromString } = process.getBuiltinModule('node:v8');
  const optimize = ({ calls, inlined }: typeof usual) => {
    setFlagsFromString(`--invocation-count-for-maglev=${calls}`);
    setFlagsFromString(`--max-inlined-bytecode-size-cumulative=${inlined}`);
  };
  optimize(held);
  return () => optimize(usual);
}

function countIn(directory: string): number {
  try {
    return readdirSync(directory).length;
  } catch {
    return 0;
  }
}
