import { createInterface } from 'node:readline/promises';
import type { Cli } from './context.ts';

/** Asks the user at the terminal. Anything but `y` or `yes`, in any case, is a no, and so is the end of the input. */
export async function confirm({ stdin, stderr }: Cli, question: string): Promise<boolean> {
  const lines = createInterface({ input: stdin, output: stderr });
  try {
    const ended = new Promise<string>((resolve) => lines.once('close', () => resolve('')));
    return /^y(?:es)?$/i.test((await Promise.race([lines.question(`${question} [y/N] `), ended])).trim());
  } finally {
    lines.close();
  }
}
