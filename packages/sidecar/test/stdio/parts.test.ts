import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { createBackoff } from '../../src/stdio/backoff.ts';
import { createEventWindow, readEventId } from '../../src/stdio/event-window.ts';
import { createLineReader } from '../../src/stdio/line-reader.ts';
import { lineOf } from '../../src/stdio/messages.ts';
import { expectAlive, expectGone } from './alive.ts';
import { oddServer } from './rig.ts';

test('what a sidecar that is killed has started is killed too', async () => {
  const script = fileURLToPath(new URL('./guarded.ts', import.meta.url));
  const child = spawn(process.execPath, [script, process.execPath, oddServer, '--stubborn'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const pids: number[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    pids.push(Number(JSON.parse(line).result.content[0].text));
    if (pids.length === 2) break;
  }
  expectAlive(...pids);
  child.kill('SIGKILL');
  await expectGone(...pids);
});

test('lines are read as a whole however they come', () => {
  const line = fc.string({ unit: 'binary' }).map((text) => text.replace(/[\r\n]/g, ' '));
  fc.assert(
    fc.property(
      fc.array(line, { maxLength: 8 }),
      fc.array(fc.nat(40)),
      fc.boolean(),
      (lines, cuts, hasReturns) => {
        const bytes = Buffer.from(lines.map((one) => `${one}${hasReturns ? '\r\n' : '\n'}`).join(''));
        const read: string[] = [];
        const reader = createLineReader(
          1_000,
          (one) => void read.push(one.toString('utf8')),
          () => read.push('oversize'),
        );
        let at = 0;
        for (const cut of [...cuts, bytes.length]) {
          reader.read(bytes.subarray(at, at + cut));
          at += cut;
        }
        expect(read).toEqual(lines.filter((one) => one !== ''));
      },
    ),
  );
});

test('a line over the limit is told once, and nothing after it', () => {
  const lines = vi.fn();
  const oversize = vi.fn();
  const reader = createLineReader(4, lines, oversize);
  for (const text of ['1234\n', '12', '345', '6\n', 'abc\n']) reader.read(Buffer.from(text));
  expect(lines.mock.calls.map(([line]) => String(line))).toEqual(['1234']);
  expect(oversize).toHaveBeenCalledTimes(1);
});

test('JSON in one line says the same, and no reader of lines finds two', () => {
  const separators = fc.constantFrom('\u0085', '\u2028', '\u2029', '\r', '\n', 'x', '"', '\\');
  const text = fc.array(separators).map((parts) => parts.join(''));
  fc.assert(
    fc.property(fc.dictionary(text, text), (value) => {
      const line = lineOf(JSON.stringify(value, undefined, 2).replaceAll('\n', '\r\n')).toString('utf8');
      expect(JSON.parse(line)).toEqual(value);
      expect(line).not.toMatch(/[\r\n\v\f\u001c-\u001e\u0085\u2028\u2029]/);
    }),
  );
});

test('a window keeps the latest events, by stream', () => {
  const window = createEventWindow();
  const first = window.add(0, Buffer.from('a'));
  const second = window.add(1, Buffer.from('b'));
  window.add(0, Buffer.from('c'));
  expect([first, second, window.last()]).toEqual(['0-1', '1-2', 3]);
  expect(window.after('0-1').map(({ id }) => id)).toEqual(['0-3']);
  expect(window.after('nonsense')).toEqual([]);
  for (let i = 0; i < 3; i += 1) window.add(2, Buffer.alloc(600_000));
  expect(window.after('0-0')).toEqual([]);
  expect(window.after('2-0')).toHaveLength(1);
});

test.each(['', '1', '1-', '-1', '1-2-3', ' 1-2', '1-99999999999999'])('%j names no event', (id) => {
  expect(readEventId(id)).toBeUndefined();
});

test('what fails in a row waits longer each time, and no longer than a minute', () => {
  let now = 0;
  const backoff = createBackoff(() => now);
  const waits = Array.from({ length: 10 }, () => {
    backoff.failed();
    return backoff.wait();
  });
  expect(waits).toEqual([0, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000]);
  now = 60_000;
  expect(backoff.wait()).toBe(0);
  backoff.succeeded();
  backoff.failed();
  expect(backoff.wait()).toBe(0);
});
