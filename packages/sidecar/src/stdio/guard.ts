import { type ChildProcess, spawn } from 'node:child_process';
import type { Socket } from 'node:net';

/** Ends process groups when this process dies without having done so. */
export interface Guard {
  readonly add: (group: number) => void;
  readonly remove: (group: number) => void;
  readonly close: () => void;
}

/** Reads `+GROUP` and `-GROUP`, and kills what is left when its input ends, which the kernel ends for a dead parent. */
const script = `
const groups = new Set();
let rest = '';
const kill = (signal) => {
  for (const group of groups) {
    try { process.kill(-group, signal); } catch { groups.delete(group); }
  }
};
process.stdin.setEncoding('latin1');
process.stdin.on('data', (text) => {
  const lines = (rest + text).split(',');
  rest = lines.pop();
  for (const line of lines) {
    const group = Number(line.slice(1));
    if (!(group > 1)) continue;
    if (line[0] === '+') groups.add(group);
    else groups.delete(group);
  }
});
process.stdin.on('end', () => {
  kill('SIGTERM');
  if (groups.size > 0) setTimeout(() => kill('SIGKILL'), 1000);
});
process.on('SIGINT', () => {});
process.on('SIGHUP', () => {});
`;

/** A guard whose own process starts with the first group, and again if it is killed. There are no groups on Windows. */
export function createGuard(): Guard {
  const groups = new Set<number>();
  let child: ChildProcess | undefined;
  const tell = (text: string) => void child?.stdin?.write(text, 'latin1');
  const start = () => {
    const started = spawn(process.execPath, ['-e', script], {
      cwd: '/',
      env: {},
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    const forget = () => {
      if (child === started) child = undefined;
    };
    started.once('error', forget).once('exit', forget);
    started.stdin.on('error', forget);
    // It must not keep this process running.
    started.unref();
    (started.stdin as Socket).unref();
    child = started;
  };
  return {
    add(group) {
      if (process.platform === 'win32') return;
      groups.add(group);
      if (child !== undefined) return tell(`+${group},`);
      start();
      tell([...groups].map((one) => `+${one},`).join(''));
    },
    remove(group) {
      groups.delete(group);
      tell(`-${group},`);
    },
    close() {
      child?.stdin?.end();
      child = undefined;
    },
  };
}
