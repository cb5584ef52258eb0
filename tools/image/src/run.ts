import { execFileSync } from 'node:child_process';

/** Runs a command that must succeed and gives what it printed, trimmed. What it says on standard error is shown. */
export function mustRun(cwd: string, file: string, ...args: readonly string[]): string {
  return execFileSync(file, args, {
    cwd,
    encoding: 'utf8',
    maxBuffer: 64 << 20,
    stdio: ['ignore', 'pipe', 'inherit'],
  }).trim();
}
