import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { AuditEvent } from '@pai/core';
import { describe, expect, test } from 'vitest';
import { createAuditLog } from '../src/audit-log.ts';
import { temporaryHome } from './temporary-home.ts';

const writer = fileURLToPath(new URL('./audit-in-child.ts', import.meta.url));

async function logFile(): Promise<string> {
  const home = await temporaryHome();
  await mkdir(home, { recursive: true });
  return join(home, 'audit.jsonl');
}

const idsIn = (text: string) => text.trimEnd().split('\n').map(idIn);
const idIn = (line: string) => (JSON.parse(line) as { request_id: string }).request_id;

describe.runIf(process.platform === 'linux')('a log that was full in the middle of a line', () => {
  test.each([
    ['a file', (path: string) => path],
    ['standard output', () => '-'],
  ])('has every line once when it can be written again: %s', async (_, destinationOf) => {
    const path = await logFile();
    const command = 'ulimit -f 16 && exec "$0" "$1" "$2" "$3" >> "$2"';
    await promisify(execFile)('sh', ['-c', command, process.execPath, writer, path, destinationOf(path)]);
    const text = (await readFile(`${path}.1`, 'utf8')) + (await readFile(path, 'utf8'));
    expect(idsIn(text)).toEqual([...Array(12).keys()].map(String));
  });
});

test('a line that another process has left in part does not spoil the next', async () => {
  const path = await logFile();
  await writeFile(path, '{"request_id":"1"}\n{"request_id"');
  for (const id of ['2', '3']) {
    const log = createAuditLog(path, () => {});
    log.write({ request_id: id } as unknown as AuditEvent);
    await log.close();
  }
  const lines = (await readFile(path, 'utf8')).split('\n');
  expect(lines).toEqual([
    '{"request_id":"1"}',
    '{"request_id"',
    '{"request_id":"2"}',
    '{"request_id":"3"}',
    '',
  ]);
});
