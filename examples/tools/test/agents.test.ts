import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect, test, vi } from 'vitest';
import { startModel } from './model-service.ts';
import { startStage } from './stage.ts';

const long = /^a-name-that-is-longer-th__get-sum_[0-9a-f]{8}$/;

/** Runs an agent as a user does: with the environment that it is given, and no more. */
function run(file: string, env: NodeJS.ProcessEnv): Promise<{ out: string; err: string }> {
  const main = fileURLToPath(new URL(`../src/${file}.ts`, import.meta.url));
  return new Promise((resolve) => {
    execFile(process.execPath, [main, 'add'], { env, timeout: 90_000 }, (_, out, err) =>
      resolve({ out, err }),
    );
  });
}

test('both agents call the tools of every attached server, and hold no key', {
  timeout: 60_000,
}, async () => {
  const stage = await startStage();
  const check = async (agent: string) => {
    const script = [
      [
        ['everything__echo', { message: 'hi' }],
        ['everything__get-sum', { a: 2, b: 3 }],
      ],
      [
        ['everything__get-env', {}],
        ['everything__get-sum', { a: 'x' }],
      ],
    ] as const;
    const model = await startModel(script);
    const { out, err } = await run(agent, {
      ...stage.env,
      PATH: process.env['PATH'],
      OPENAI_BASE_URL: model.url,
      OPENAI_API_KEY: 'placeholder',
      ANTHROPIC_BASE_URL: model.url,
      ANTHROPIC_API_KEY: 'placeholder',
    });
    expect(err).toBe('');
    const names = [...(model.turns[0]?.tools.keys() ?? [])];
    expect(names).toContain('everything__echo');
    expect(names).not.toContain('everything__get-env');
    expect(names.filter((name) => !name.startsWith('everything__'))).toEqual([expect.stringMatching(long)]);
    const said = out.trim().split(' | ');
    expect(said.slice(0, 2)).toEqual(['Echo: hi', expect.stringContaining('is 5')]);
    expect(said[2]).toBe('failed: there is no tool "everything__get-env"; use one of tools()');
    expect(said[3]).toMatch(/invalid/i);
    expect(out + JSON.stringify(stage.env)).not.toContain(stage.key);
  };
  const showsDocument = async () => {
    const page = await readFile(new URL('../../../docs/mcp.md', import.meta.url), 'utf8');
    const source = await readFile(new URL('../src/first-call.ts', import.meta.url), 'utf8');
    expect(page).toContain(`\`\`\`ts\n${source}\`\`\`\n`);
    const { out, err } = await run('first-call', { ...stage.env, PATH: process.env['PATH'] });
    expect(err).toBe('');
    expect(out).toMatch(/^everything__echo: .+\n(?:.+\n)+Echo: hello\n$/);
  };
  await Promise.all([check('openai-agent'), check('anthropic-agent'), showsDocument()]);
  expect(JSON.parse(stage.env['PAI_MCP_SERVERS'] ?? '')).toMatchObject([
    { name: 'everything', url: 'https://everything.example.com/mcp', transport: 'http' },
    { transport: 'http' },
  ]);
  // Lines are written some of them at a time.
  await vi.waitFor(async () => expect((await calls(stage)).length).toBeGreaterThanOrEqual(6));
  expect(await stage.audit()).not.toContain(stage.key);
});

/** The tools' calls that the audit log has. */
async function calls(stage: Awaited<ReturnType<typeof startStage>>): Promise<readonly string[]> {
  const lines = (await stage.audit()).split('\n').slice(0, -1);
  return lines
    .flatMap((line) => JSON.parse(line).actions ?? [])
    .filter((action) => action.startsWith?.('get-sum') || action === 'echo');
}
