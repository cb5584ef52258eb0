import { play } from './play.ts';
import { say } from './screen.ts';
import { setStage } from './stage.ts';

const interruption = new AbortController();
const signals = { SIGINT: 2, SIGTERM: 15, SIGHUP: 1 } as const;
// Terminals, shells and pnpm may each pass a signal on, so that one may come twice.
for (const [name, number] of Object.entries(signals)) {
  process.on(name, () => interrupt(128 + number));
}
// A reader that has seen enough (`… | head`) ends the demo, and the demo still cleans up.
process.stdout.on('error', () => interrupt(1));

try {
  await show();
} catch (thrown) {
  if (!interruption.signal.aborted) throw thrown;
}

function interrupt(status: number): void {
  process.exitCode = status;
  interruption.abort();
}

async function show(): Promise<void> {
  const stage = await setStage(interruption.signal);
  try {
    const { count, wrong } = await play(stage);
    const seconds = (performance.now() / 1_000).toFixed(1);
    say();
    if (wrong.length === 0) say(`${count} scenes, all as expected (${seconds} s)`);
    else say(`${count} scenes, NOT as expected: ${wrong.join(', ')}`);
    process.exitCode = wrong.length === 0 ? 0 : 1;
  } finally {
    await stage.close();
  }
}
