import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, inject, test } from 'vitest';
import { writeNodeId } from './github/node-id.ts';
import { findProgram, hasPythonModule, output, python } from './run-client.ts';

const clients = join(import.meta.dirname, 'clients');
const env = () => inject('maintainerEnv');
const hook = /github-maintainer: admin:hooks:create is denied by policy\.deny\[0\]/;
const elsewhere = /other\/secret is not in scope\.repositories/;

/** What a client saw; what it printed instead, when it failed. */
async function seenBy(file: string, ...args: string[]): Promise<Record<string, unknown>> {
  const text = await output(file, args, { env: env() });
  const line = text.split('\n').find((each) => each.startsWith('{'));
  return line === undefined ? { failed: text } : JSON.parse(line);
}

const isFound = (file: string) => findProgram(file) !== undefined;

test('octokit works from an issue to the download of an asset, and says why when it is denied', async () => {
  const foreign = writeNodeId({ prefix: 'I', repository: 3, item: 1 });
  const seen = await seenBy(process.execPath, join(clients, 'github-flow.mjs'), 'graphql', foreign);
  expect(seen).toEqual({
    paginated: true,
    asset: expect.any(Number),
    downloaded: true,
    commented: true,
    hook: expect.stringMatching(hook),
    elsewhere: expect.stringMatching(elsewhere),
    foreignNode: expect.stringMatching(elsewhere),
    foreignRepository: expect.stringMatching(elsewhere),
  });
  const [api = '', objects = ''] = readFileSync(inject('serviceLog'), 'utf8')
    .split('\n')
    .filter((line) => new RegExp(`asset[^/]*/${seen['asset']}\\b`).test(line));
  // The gate would have refused a credential there.
  expect(api).toMatch(/^200 GET api\.github\.com/);
  expect(objects).toMatch(/^200 GET objects\.githubusercontent\.com.* undefined$/);
});

test.skipIf(!hasPythonModule('github'))('PyGithub works, and says why when it is denied', async () => {
  expect(await seenBy(python, join(clients, 'pygithub_flow.py'))).toEqual({
    state: 'closed',
    hook: expect.stringMatching(hook),
    elsewhere: expect.stringMatching(elsewhere),
  });
});

test.skipIf(!isFound('ruby'))('octokit.rb works, and says why when it is denied', async () => {
  expect(await seenBy('/usr/bin/ruby', join(clients, 'octokit_flow.rb'))).toEqual({
    state: 'closed',
    hook: expect.stringMatching(hook),
    elsewhere: expect.stringMatching(elsewhere),
  });
});

test.skipIf(!isFound('hub'))('hub works, and says why when it is denied', async () => {
  const hub = (...args: string[]) => output('hub', args, { env: { ...env(), GITHUB_USER: 'octo-agent' } });
  expect(await hub('api', 'repos/myorg/repo-a/issues')).toContain('a real issue');
  const title = ['-f', 'title=by hub'];
  expect(await hub('api', '-XPOST', 'repos/myorg/repo-a/issues', ...title)).toContain('"by hub"');
  expect(await hub('api', '-XPOST', 'repos/myorg/repo-a/hooks', ...title)).toMatch(hook);
  expect(await hub('api', 'repos/other/secret')).toMatch(elsewhere);
});

test.skipIf(!isFound('curl'))(
  'curl follows the redirect of a download without the credential (R1)',
  async () => {
    const curl = (...args: string[]) => output('curl', ['-sS', ...args], { env: env() });
    const auth = ['-H', `Authorization: token ${env()['GITHUB_TOKEN']}`];
    const api = 'https://api.github.com/repos/myorg/repo-a';
    const release = JSON.parse(
      await curl(...auth, '-d', '{"tag_name":"v2","name":"two"}', `${api}/releases`),
    );
    const upload = String(release.upload_url).replace(/\{.*/, '?name=b.bin');
    expect(upload).toMatch(/^https:\/\/uploads\.github\.com\//);
    const type = ['-H', 'Content-Type: application/octet-stream'];
    const asset = JSON.parse(await curl(...auth, ...type, '--data-binary', 'the content', upload));
    const accept = ['-H', 'Accept: application/octet-stream'];
    expect(await curl(...auth, ...accept, '-L', `${api}/releases/assets/${asset.id}`)).toBe('the content');
  },
);

test('nothing that the service saw holds a placeholder', () => {
  expect(readFileSync(inject('serviceLog'), 'utf8')).not.toContain('pai-placeholder');
});
