import { execFile, execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, inject, test } from 'vitest';

const run = promisify(execFile);
const octokit = [process.execPath, join(import.meta.dirname, 'clients/octokit-graphql.mjs')];
const issues = (owner: string, name: string) =>
  `{repository(owner:"${owner}",name:"${name}"){issues(first:9){nodes{title}}}}`;
const merge = 'mutation{mergePullRequest(input:{pullRequestId:"PR_x"}){clientMutationId}}';

const isThere = hasGh();

describe.skipIf(!isThere)('gh', () => {
  test('lists the issues it may read', async () => {
    const text = await output(['gh', 'issue', 'list', '-R', 'myorg/repo-a']);
    expect(text).toMatch(/^\d+\tOPEN\ta real issue\t/m);
    expect(text).not.toContain(inject('realToken'));
  });

  test('is told that a repository is out of scope', async () => {
    const text = await output(['gh', 'issue', 'list', '-R', 'other/secret']);
    expect(text).toMatch(/^HTTP 403: github-writer: .*other\/secret is not in scope\.repositories/m);
  });

  test('is told that a node is not known', async () => {
    const text = await output(['gh', 'api', 'graphql', '-f', `query=${merge}`]);
    expect(text).toMatch(/gh: github-writer: .*GitHub does not say what "PR_x" is/);
  });
});

describe('octokit', () => {
  test('reads what it may read', async () => {
    expect(await output([...octokit, issues('myorg', 'repo-a')])).toContain('a real issue');
  });

  test.each([
    [merge, 'GitHub does not say what "PR_x" is'],
    [issues('other', 'secret'), 'other/secret is not in scope.repositories'],
  ])('throws its ordinary error for %s', async (query, sentence) => {
    const text = await output([...octokit, query]);
    expect(text).toMatch(/^403 HttpError github-writer: /);
    expect(text).toContain(sentence);
  });
});

function hasGh(): boolean {
  try {
    execFileSync('gh', ['--version']);
    return true;
  } catch {
    return false;
  }
}

/** Standard output and error of a client, whatever its exit status. */
async function output([file = '', ...args]: readonly string[]): Promise<string> {
  const env = { ...inject('agentEnv'), PATH: process.env['PATH'], HOME: '/nonexistent' };
  const { stdout, stderr } = await run(file, args, { env, timeout: 60_000 }).catch(
    (error: { stdout: string; stderr: string }) => error,
  );
  return stdout + stderr;
}
