import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { text as textOf } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import { sampleFrameTexts } from '../../packages/provider-mcp/test/frame-texts.ts';
import { judged } from '../../packages/provider-mcp/test/readings.ts';
import { laid } from './mcp/servers.ts';
import { findProgram, python } from './run-client.ts';

const client = (name: string) => join(import.meta.dirname, 'clients/mcp', name);
const pythonPath = join(laid, '../.python-mcp');
const go = findProgram('go');

const readers = [
  { name: 'json of Python', isThere: existsSync(python), words: [python, client('read_frames.py'), 'json'] },
  {
    name: 'pydantic, as the SDK of Python has it',
    isThere: existsSync(join(pythonPath, 'pydantic_core')),
    words: [python, client('read_frames.py'), 'pydantic_core'],
  },
  {
    name: 'encoding/json of Go',
    isThere: go !== undefined,
    words: [go ?? '', 'run', client('go/read_frames.go')],
  },
];

const accepted = sampleFrameTexts(20_270, 20_000).flatMap((text) => {
  const asked = judged(text);
  return asked === undefined ? [] : [{ text, asked }];
});

describe.each(readers)('$name', ({ isThere, words }) => {
  test.skipIf(!isThere)('takes what is accepted for what was judged (C3)', async () => {
    const [file = '', ...args] = words;
    const env = { ...process.env, PYTHONPATH: pythonPath, GOCACHE: '/tmp/pai-e2e-go', GOTOOLCHAIN: 'local' };
    const child = spawn(file, args, { env, stdio: ['pipe', 'pipe', 'inherit'] });
    child.stdin.end(accepted.map(({ text }) => `${JSON.stringify(text)}\n`).join(''));
    const lines = (await textOf(child.stdout)).trim().split('\n');
    expect(lines.length).toBe(accepted.length);
    let read = 0;
    for (const [i, { text, asked }] of accepted.entries()) {
      const reading = JSON.parse(lines[i] ?? '');
      // It refuses what it cannot hold: a number that is too large, half a character.
      if (typeof reading === 'string') continue;
      read += 1;
      expect(withoutSign(reading), text).toEqual(withoutSign(asked));
    }
    expect(read).toBeGreaterThan(accepted.length * 0.9);
  });
});

/** JSON.stringify writes -0 as 0, which it is to Python. */
function withoutSign(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}
