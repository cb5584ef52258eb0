import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, inject, test } from 'vitest';
import { findProgram, output } from './run-client.ts';

const cwd = mkdtempSync(join(tmpdir(), 'pai-e2e-git-'));
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

const identity = [
  '-c',
  'user.name=agent',
  '-c',
  'user.email=agent@example.com',
  '-c',
  'advice.detachedHead=false',
];
const git = (...args: string[]) =>
  output('git', [...identity, ...args], { env: { ...inject('maintainerEnv'), HOME: cwd }, cwd });
const inClone = (...args: string[]) => git('-C', 'clone', ...args);
const url = (repo: string) => `https://github.com/${repo}`;

describe.skipIf(findProgram('git') === undefined)('git, with no credential at all', () => {
  test('clones, commits, pushes, tags and fetches', async () => {
    expect(await git('clone', url('myorg/repo-a.git'), 'clone')).not.toContain('fatal');
    expect(await inClone('log', '--format=%s')).toBe('the first of myorg/repo-a\n');
    writeFileSync(join(cwd, 'clone/a.txt'), 'by an agent');
    await inClone('checkout', '-b', 'topic');
    await inClone('add', '.');
    await inClone('commit', '-m', 'by an agent');
    expect(await inClone('push', 'origin', 'topic')).toContain('topic -> topic');
    await inClone('tag', 'v1');
    expect(await inClone('push', 'origin', 'v1')).toContain('v1 -> v1');
    expect(await git('clone', '--branch', 'topic', url('myorg/repo-a'), 'other')).not.toContain('fatal');
    expect(await git('-C', 'other', 'log', '--format=%s')).toMatch(/^by an agent\n/);
    expect(await inClone('fetch', '--tags', 'origin')).not.toContain('fatal');
    expect(await git('ls-remote', url('myorg/repo-a'))).toMatch(/refs\/heads\/topic[\s\S]*refs\/tags\/v1/);
  });

  test('is told why it may delete no branch, and the branch stays', async () => {
    expect(await inClone('push', 'origin', '--delete', 'topic')).toMatch(
      /contents:delete is denied by policy\.deny\[1\]|contents:delete is not allowed/,
    );
    expect(await git('ls-remote', url('myorg/repo-a'))).toContain('refs/heads/topic');
  });

  test('is told why it may neither read nor write another repository', async () => {
    expect(await git('clone', url('other/secret'), 'secret')).toMatch(
      /other\/secret is not in scope\.repositories/,
    );
    expect(await inClone('push', url('other/secret'), 'topic')).toMatch(
      /other\/secret is not in scope\.repositories/,
    );
    expect(await git('ls-remote', url('other/secret'))).not.toContain('refs/');
  });
});
