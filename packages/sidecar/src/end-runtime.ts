import { setTimeout as delay } from 'node:timers/promises';
import type { Runtime } from './runtime.ts';

/** Waits until no request is under way, for at most `patience` milliseconds. */
export async function settleRuntime(
  { engine }: { readonly engine: Pick<Runtime['engine'], 'active'> },
  patience: number,
): Promise<void> {
  const deadline = performance.now() + patience;
  while (engine.active() > 0 && performance.now() < deadline) await delay(20);
}

/** Cuts off what is still under way, records it, and lets go of everything behind the doors. */
export async function endRuntime(runtime: Runtime): Promise<void> {
  runtime.terminator.destroy();
  runtime.upstream.close();
  runtime.metadata.close();
  runtime.live.close();
  await runtime.programs.close();
  // What was cut off is recorded as its connections close.
  await settleRuntime(runtime, 1_000);
  await delay(20);
  await runtime.audit.close();
}
