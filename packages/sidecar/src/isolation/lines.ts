import type { Readable } from 'node:stream';

/** Most characters of one line, and lines of one second. */
const longestLine = 1_000;
const mostLines = 20;

/**
 * Gives what a stream says line by line, without control characters, and no more than people can read. `conceal` is given
 * lines before anything is cut off.
 */
export function listenToLines(
  stream: Readable,
  conceal: (text: string) => string,
  log: (line: string) => void,
): void {
  let rest = '';
  let second = 0;
  let count = 0;
  stream.setEncoding('utf8');
  stream.on('data', (chunk: string) => {
    const lines = conceal(rest + chunk.slice(0, 64 * 1024)).split('\n');
    rest = (lines.pop() ?? '').slice(0, longestLine);
    for (const line of lines) {
      const now = Math.floor(performance.now() / 1_000);
      if (now !== second) count = 0;
      second = now;
      count += 1;
      if (count > mostLines) continue;
      const text = line.slice(0, longestLine).replace(/\p{C}/gu, ' ').trim();
      if (text !== '') log(count === mostLines ? `${text} (more of this second is left out)` : text);
    }
  });
}
