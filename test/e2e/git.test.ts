import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type GitRig, type GitRun, isThere, startGitRig, token } from './git-rig.ts';

const provider = (scope: string) => `
apiVersion: pai.io/v1
kind: Provider
metadata: {name: git}
spec:
  type: github
  auth: {type: pat, secretRef: github-pat}
  policy: {allow: ["contents:read", "contents:push", "contents:delete"]}
  scope: {repositories: [myorg/repo]${scope}}
`;

const url = 'https://github.com/myorg/repo.git';
const outside = 'https://github.com/other/secret';
const agentRefs = ', refs: ["refs/heads/agent/*", "refs/tags/agent-*"]';

describe.skipIf(!isThere('git'))('git through the sidecar', () => {
  let rig: GitRig;
  let clones = 0;

  beforeAll(async () => {
    rig = await startGitRig(['myorg/repo', 'other/secret'], provider(agentRefs));
    const work = join(rig.dir, 'seed');
    mkdirSync(work);
    const stream = Array.from({ length: 80 }, (_, i) => commit(i)).join('');
    execFileSync('git', ['init', '-q', '-b', 'main', work]);
    execFileSync('git', ['fast-import', '--quiet'], { cwd: work, input: stream });
    for (const name of ['myorg/repo', 'other/secret']) {
      execFileSync('git', ['push', '-q', join(rig.dir, 'service', `${name}.git`), 'main'], { cwd: work });
    }
  });

  afterAll(() => rig?.close());

  /** A clone of its own, and git in it. */
  async function clone(...options: string[]) {
    const work = join(rig.dir, `clone-${++clones}`);
    const got = await rig.git(['clone', '-q', ...options, url, work]);
    expect(got).toEqual({ status: 0, text: '' });
    return { work, git: (...args: string[]) => rig.git(args, work) };
  }

  const refs = () => rig.atService('myorg/repo', 'for-each-ref', '--format=%(refname)').split('\n');
  const expectDone = ({ status, text }: GitRun) => expect({ status, text }).toMatchObject({ status: 0 });

  test.each([
    ['protocol version 0', ['-c', 'protocol.version=0']],
    ['protocol version 1', ['-c', 'protocol.version=1']],
    ['protocol version 2', ['-c', 'protocol.version=2']],
    ['HTTP/1.1', ['-c', 'http.version=HTTP/1.1']],
  ])('clones, fetches and pushes by %s', async (title, config) => {
    const { work, git } = await clone(...config);
    const branch = `agent/${title.replaceAll(/\W/g, '-')}`;
    writeFileSync(join(work, 'new'), title);
    expectDone(await git('add', '.'));
    expectDone(await git('commit', '-q', '-m', title));
    expectDone(await git(...config, 'push', '-q', 'origin', `HEAD:${branch}`));
    expect(refs()).toContain(`refs/heads/${branch}`);
    expectDone(await git(...config, 'fetch', '-q', 'origin', branch));
  });

  test('shows the service the real credential on its first request, and the agent never', async () => {
    rig.service.requests.length = 0;
    const got = await rig.git(['ls-remote', url], rig.dir, { GIT_TRACE_CURL: '1', GIT_TRACE_REDACT: '0' });
    expect(got.text).toContain('refs/heads/main');
    expect(got.text).not.toContain(token);
    expect(got.text).not.toContain(Buffer.from(`x-access-token:${token}`).toString('base64'));
    const basic = `Basic ${Buffer.from(`x-access-token:${token}`).toString('base64')}`;
    expect(rig.service.requests.map(({ headers }) => headers['authorization'])).toEqual(
      rig.service.requests.map(() => basic),
    );
  });

  test('replaces a credential that the agent puts into the URL', async () => {
    expectDone(await rig.git(['ls-remote', 'https://agent:own-password@github.com/myorg/repo']));
  });

  test('clones parts: shallow, without blobs, and what is missing later', async () => {
    const shallow = await clone('--depth=2');
    expectDone(await shallow.git('fetch', '-q', '--deepen=3'));
    const count = await shallow.git('rev-list', '--count', 'HEAD');
    expect(count.text.trim()).toBe('5');
    expectDone(await shallow.git('push', '-q', 'origin', 'HEAD:refs/heads/agent/shallow'));
    const partial = await clone('--filter=blob:none', '--no-checkout');
    expectDone(await partial.git('checkout', '-q', 'main'));
  });

  test('passes a negotiation that git compresses', async () => {
    const { work, git } = await clone();
    expectDone(await git('checkout', '-q', '--orphan', 'mine'));
    // It tells of the newest first: what the service has not, until there is much of it.
    const newest = { GIT_COMMITTER_DATE: '2000000000 +0000' };
    for (let i = 0; i < 40; i++) {
      expectDone(await rig.git(['commit', '-q', '--allow-empty', '-m', `${i}`], work, newest));
    }
    rig.atService('myorg/repo', 'update-ref', 'refs/heads/later', commitOf(rig));
    rig.service.requests.length = 0;
    expectDone(await git('fetch', '-q', 'origin', 'refs/heads/later'));
    const encodings = rig.service.requests.map(({ headers }) => headers['content-encoding']);
    expect(encodings).toContain('gzip');
  });

  test('pushes more than its buffer holds, tags, options, and deletes', async () => {
    const { work, git } = await clone();
    writeFileSync(join(work, 'big'), randomBytes(3_000_000));
    expectDone(await git('add', '.'));
    expectDone(await git('commit', '-q', '-m', 'big'));
    expectDone(await git('tag', '-a', 'agent-1', '-m', 'annotated'));
    const names = ['HEAD:refs/heads/agent/big', 'agent-1'];
    expectDone(await git('push', '-q', '--atomic', '-o', 'ci.skip', 'origin', ...names));
    expect(refs()).toEqual(expect.arrayContaining(['refs/heads/agent/big', 'refs/tags/agent-1']));
    expectDone(await git('commit', '-q', '--amend', '-m', 'rewritten'));
    expectDone(await git('push', '-q', '--force', 'origin', 'HEAD:refs/heads/agent/big'));
    expectDone(await git('push', '-q', 'origin', ':refs/heads/agent/big', ':refs/tags/agent-1'));
    expect(refs()).not.toContain('refs/heads/agent/big');
    const pushes = () => rig.audit().filter(({ path }) => path === '/myorg/repo.git/git-receive-pack');
    await expect.poll(pushes).toContainEqual(
      expect.objectContaining({
        actions: ['contents:push', 'contents:delete', 'contents:push', 'contents:delete'],
        parts: ['refs/heads/agent/big', 'refs/tags/agent-1'],
        resources: ['myorg/repo'],
      }),
    );
  });

  test.each([
    ['ls-remote', ['ls-remote', outside], 'contents:read'],
    ['clone', ['clone', '-q', outside, 'never'], 'contents:read'],
    ['push', ['push', '-q', outside, 'HEAD:refs/heads/agent/x'], 'contents:push'],
  ])('says why a repository is out of scope to %s', async (_verb, args, name) => {
    const { git } = await clone();
    const { status, text } = await git(...args);
    expect(status).not.toBe(0);
    expect(text).toContain(
      `remote: git: ${name} is out of scope: other/secret is not in scope.repositories (myorg/repo)`,
    );
  });

  test.each(['HTTP/2', 'HTTP/1.1'])(
    'says of each reference why it is not pushed, over %s',
    async (version) => {
      const { work, git } = await clone();
      writeFileSync(join(work, 'big'), randomBytes(3_000_000));
      expectDone(await git('add', '.'));
      expectDone(await git('commit', '-q', '-m', 'big'));
      rig.service.requests.length = 0;
      const names = ['HEAD:refs/heads/main', 'HEAD:refs/heads/agent/never'];
      const { status, text } = await git('-c', `http.version=${version}`, 'push', 'origin', ...names);
      expect(status).toBe(1);
      const why = 'git: contents:push is out of scope: refs/heads/main is not in scope.refs';
      expect(text.match(/! \[remote rejected\].*/g)).toEqual([
        expect.stringContaining(`HEAD -> main (${why}`),
        expect.stringContaining(`HEAD -> agent/never (${why}`),
      ]);
      expect(refs()).not.toContain('refs/heads/agent/never');
      const pushed = rig.service.requests.filter(({ url: path }) => path.endsWith('/git-receive-pack'));
      expect(pushed.map(({ headers }) => headers['content-length'])).toEqual(['4']);
    },
  );

  test('does not delete what may only be pushed', async () => {
    const { git } = await clone();
    const { text } = await git('push', 'origin', ':refs/heads/main');
    expect(text).toMatch(/! \[remote rejected\] main \(git: contents:push is out of scope/);
    expect(refs()).toContain('refs/heads/main');
  });

  test.skipIf(!isThere('git-lfs'))('carries large files to the object store and back', async () => {
    const { work, git } = await clone();
    expectDone(await git('lfs', 'install', '--local'));
    expectDone(await git('config', 'lfs.locksverify', 'false'));
    expectDone(await git('lfs', 'track', '*.bin'));
    const content = randomBytes(50_000);
    writeFileSync(join(work, 'large.bin'), content);
    expectDone(await git('add', '.'));
    expectDone(await git('commit', '-q', '-m', 'large'));
    expectDone(await git('push', 'origin', 'HEAD:refs/heads/agent/lfs'));
    const other = await clone('-b', 'agent/lfs');
    expectDone(await other.git('lfs', 'install', '--local'));
    expectDone(await other.git('lfs', 'pull'));
    expect(readFileSync(join(other.work, 'large.bin')).equals(content)).toBe(true);
    const stored = rig.service.requests.filter(({ host }) => host.startsWith('github-cloud.'));
    expect(stored.map(({ method }) => method).sort()).toEqual(['GET', 'PUT']);
    expect(
      rig.service.requests.filter(({ host }) => host.startsWith('api.')).map(({ url: path }) => path),
    ).toEqual(['/repositories/7']);
    expect(JSON.stringify(stored)).not.toMatch(/Basic|Bearer/);
  });

  test('no line of the audit log has the real token', () => {
    expect(rig.audit().length).toBeGreaterThan(30);
    expect(JSON.stringify(rig.audit())).not.toContain(token);
  });
});

/** A commit in the language of git fast-import. */
function commit(i: number): string {
  const text = `file ${i} ${'x'.repeat(100)}`;
  const author = `Seed <seed@example.com> ${1_700_000_000 + i} +0000`;
  return `commit refs/heads/main\ncommitter ${author}\ndata 1\n${i % 10}\nM 644 inline file-${i}\ndata ${text.length}\n${text}\n`;
}

/** A commit at the service that no clone has. */
function commitOf({ atService }: GitRig): string {
  const tree = atService('myorg/repo', 'rev-parse', 'main^{tree}');
  const author = ['-c', 'user.name=x', '-c', 'user.email=x@example.com'];
  return atService('myorg/repo', ...author, 'commit-tree', tree, '-p', 'main', '-m', 'later');
}
