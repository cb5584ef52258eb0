import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { findLaid } from './mcp/servers.ts';

const suite = findLaid('conformance', '@modelcontextprotocol/conformance/dist/index.js') ?? '';
const client = `${process.execPath} ${join(import.meta.dirname, 'mcp/conformance-login.ts')}`;

/** What the suite prints. */
function run(...words: readonly string[]): Promise<string> {
  const args = [suite, 'client', '--command', client, '--timeout', '280000', ...words];
  return new Promise((resolve) => {
    execFile(process.execPath, args, { maxBuffer: 64 << 20 }, (_, out, err) => resolve(out + err));
  });
}

test.skipIf(suite === '')(
  'the official suite finds nothing wrong with how a person logs in, and an agent is served',
  async () => {
    const text = await run('--suite', 'auth');
    expect(text).toMatch(/Total: \d{3} passed, 0 failed, 0 warnings/);
  },
  300_000,
);

test
  .skipIf(suite === '')
  .each([
    ['2025-03-26-oauth-metadata-backcompat'],
    ['2025-03-26-oauth-endpoint-fallback'],
    ['offline-access-scope'],
    ['offline-access-not-supported'],
    ['resource-mismatch'],
  ])('nor in the scenario %s', async (scenario) => {
  expect(await run('--scenario', `auth/${scenario}`)).toContain('OVERALL: PASSED');
});
