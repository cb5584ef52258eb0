import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** A directory of the test's own, removed with it; the home inside does not exist yet. */
export async function temporaryHome(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'pai-test-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return join(directory, 'home');
}

/** The error that a call ends with. Fails when it does not. */
export async function failureOf(call: Promise<unknown>): Promise<{ code: string; message: string }> {
  try {
    await call;
  } catch (thrown) {
    return thrown as { code: string; message: string };
  }
  throw new Error('the call did not fail');
}
