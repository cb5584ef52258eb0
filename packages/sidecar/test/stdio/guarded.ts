import { createErrorLog } from '../../src/stdio/error-log.ts';
import { createGuard } from '../../src/stdio/guard.ts';
import { startProcess } from '../../src/stdio/process.ts';

/** Starts the program in its arguments under a guard, prints what that prints, and waits to be killed. */
const command = process.argv.slice(2) as [string, ...string[]];
const running = startProcess({
  name: 'odd',
  program: { command, env: {}, maxProcesses: 1 },
  cwd: process.cwd(),
  base: { PATH: process.env['PATH'] ?? '' },
  guard: createGuard(),
  errors: createErrorLog({ name: 'odd', redactor: undefined, log: () => {}, now: Date.now }),
  onLine: (line) => console.log(line.toString('utf8')),
  onEnd: () => {},
});
for (const [id, name] of [
  [1, 'pid'],
  [2, 'fork'],
] as const) {
  running.write(Buffer.from(JSON.stringify({ jsonrpc: '2.0', id, method: 'tools/call', params: { name } })));
}
setInterval(() => {}, 1_000);
