import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createGuard } from '../../src/stdio/guard.ts';
import { createHosted } from '../../src/stdio/hosted.ts';
import { oddServer } from './rig.ts';

test('a session, and the process without one, belong to the agent that got them (C12)', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'pai-hosted-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  const guard = createGuard();
  const hosted = createHosted({
    name: 'odd',
    program: { command: [process.execPath, oddServer], env: {}, maxProcesses: 8 },
    directory,
    guard,
    ready: async () => [],
    redactor: () => undefined,
    log: () => {},
    limits: { idle: 60_000, spare: 10_000, start: 10_000 },
    now: Date.now,
  });
  onTestFinished(async () => {
    await hosted.end(true);
    guard.close();
  });
  const { id, session } = await hosted.open('access-key/laptop');
  expect(hosted.find(id, 'access-key/laptop')).toBe(session);
  for (const other of [undefined, '', 'access-key/other']) expect(hosted.find(id, other)).toBeUndefined();
  const [one, again, other] = await Promise.all([
    hosted.shared('a'),
    hosted.shared('a'),
    hosted.shared(undefined),
  ]);
  expect(one).toBe(again);
  expect(one).not.toBe(other);
  hosted.close(id);
  expect(hosted.find(id, 'access-key/laptop')).toBeUndefined();
});
