import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, inject, test } from 'vitest';
import { writeNodeId } from './github/node-id.ts';
import { findProgram, output } from './run-client.ts';

const cwd = mkdtempSync(join(tmpdir(), 'pai-e2e-gh-'));
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

const gh = (...args: string[]) => output('gh', args, { env: inject('maintainerEnv'), cwd });
const asWriter = (...args: string[]) => output('gh', args, { env: inject('agentEnv'), cwd });
const repo = ['-R', 'myorg/repo-a'];
const numberIn = (text: string) => /\/(?:issues|pull)\/(\d+)/.exec(text)?.[1] ?? text;

/** What reached GraphQL so far. */
const graphqlCalls = () =>
  readFileSync(inject('serviceLog'), 'utf8')
    .split('\n')
    .filter((line) => line.includes('POST api.github.com/graphql')).length;

describe.skipIf(findProgram('gh') === undefined)('gh', () => {
  test('takes an issue from opening to closing', async () => {
    const opened = await gh('issue', 'create', '-t', 'found by gh', '-b', 'it is broken', ...repo);
    expect(opened).toMatch(/^https:\/\/github\.com\/myorg\/repo-a\/issues\/\d+\s*$/);
    const number = numberIn(opened);
    expect(await gh('issue', 'list', ...repo)).toContain('found by gh');
    expect(await gh('issue', 'view', number, ...repo)).toMatch(/title:\tfound by gh\nstate:\tOPEN/);
    expect(await gh('issue', 'comment', number, '-b', 'mended', ...repo)).toContain(
      `/issues/${number}#issuecomment-`,
    );
    expect(await gh('issue', 'view', number, '--comments', ...repo)).toContain('mended');
    expect(await gh('issue', 'close', number, ...repo)).toContain(`Closed issue #${number}`);
    expect(await gh('issue', 'list', '--state', 'closed', ...repo)).toContain('found by gh');
  });

  test('takes a pull request from opening to merging', async () => {
    const flags = ['-t', 'a change', '-b', 'text', '-H', 'by-gh', '-B', 'main'];
    const opened = await gh('pr', 'create', ...flags, ...repo);
    expect(opened).toMatch(/https:\/\/github\.com\/myorg\/repo-a\/pull\/\d+/);
    const number = numberIn(opened);
    expect(await gh('pr', 'list', ...repo)).toContain('a change');
    expect(await gh('pr', 'view', number, ...repo)).toMatch(/title:\ta change\nstate:\tOPEN/);
    expect(await gh('pr', 'comment', number, '-b', 'looks right', ...repo)).toContain(
      `/pull/${number}#issuecomment-`,
    );
    expect(await gh('pr', 'review', number, '--approve', ...repo)).not.toMatch(
      /denied|allowed|scope|GraphQL/,
    );
    expect(await gh('pr', 'view', number, '--comments', ...repo)).toMatch(/approved[\s\S]*looks right/);
    await gh('pr', 'merge', number, '--merge', ...repo);
    expect(await gh('pr', 'view', number, ...repo)).toContain('state:\tMERGED');
  });

  test('says on the terminal what is not allowed, and by which rule', async () => {
    expect(await asWriter('issue', 'list', ...repo)).toContain('a real issue');
    const created = await asWriter('issue', 'create', '-t', 'x', '-b', 'x', ...repo);
    expect(created).toMatch(
      /github-writer: issues:create is not allowed \(allow has .*\); add it to policy\.allow/,
    );
    const commented = await asWriter('issue', 'comment', '1', '-b', 'x', ...repo);
    expect(commented).toMatch(/github-writer: issues:comment is not allowed/);
    expect(await gh('api', '-X', 'DELETE', 'repos/myorg/repo-a')).toMatch(
      /github-maintainer: admin:repos:delete is denied by policy\.deny\[0\]/,
    );
    expect(await gh('search', 'issues', 'secret')).toMatch(/github-maintainer: search:read is not allowed/);
  });

  test('says on the terminal what is out of scope', async () => {
    expect(await gh('issue', 'list', '-R', 'other/secret')).toMatch(
      /other\/secret is not in scope\.repositories/,
    );
    expect(await gh('api', 'repos/other/secret/issues')).toMatch(
      /other\/secret is not in scope\.repositories/,
    );
  });

  test('cannot reach what is in another repository by its node id', async () => {
    const id = writeNodeId({ prefix: 'I', repository: 3, item: 1 });
    const read = `query={ node(id: "${id}") { ... on Issue { title body } } }`;
    const write = `query=mutation { addComment(input: {subjectId: "${id}", body: "x"}) { subject { id } } }`;
    const before = graphqlCalls();
    for (const query of [read, write]) {
      const answer = await gh('api', 'graphql', '-f', query);
      expect(answer).toMatch(/other\/secret is not in scope\.repositories|out of scope/);
      expect(answer).not.toContain('a secret issue');
    }
    // At most the one question whose node it is.
    expect(graphqlCalls() - before).toBeLessThanOrEqual(1);
  });

  test('reads a node of a repository in scope by its id', async () => {
    const id = writeNodeId({ prefix: 'I', repository: 1, item: 1 });
    const query = `query={ node(id: "${id}") { ... on Issue { title } } }`;
    expect(await gh('api', 'graphql', '-f', query)).toContain('a real issue');
  });
});
