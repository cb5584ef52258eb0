import { writeSync } from 'node:fs';
import { openChannel } from './channel.ts';
import { lockDown } from './lock-down.ts';
import { createServing } from './serve.ts';

const print = (...parts: readonly unknown[]) => {
  try {
    writeSync(
      2,
      `${parts
        .map((part) => String(part))
        .join(' ')
        .slice(0, 2_000)}\n`,
    );
  } catch {
    // Nobody reads it any more.
  }
};

const exit = lockDown({ log: print, info: print, warn: print, error: print, debug: print }, import.meta.url);
const channel = openChannel((what, value, bytes) => serving(what, value, bytes), exit);
const serving = createServing(channel, print);
