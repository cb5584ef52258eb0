import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, inject, test } from 'vitest';
import { findProgram, hasPythonModule, output, python } from './run-client.ts';

const api = 'https://api.github.com';
const clients = join(import.meta.dirname, 'clients');

interface Client {
  readonly name: string;
  /** Absolute path, or a name on PATH. */
  readonly file: string;
  readonly args: (method: string, url: string) => string[];
  /** A Python module it stands on. */
  readonly module?: string;
}

const script = (name: string) => (method: string, url: string) => [join(clients, name), method, url];

/** Clients as their packages install them. None of them knows about the sidecar. */
const table: readonly Client[] = [
  {
    name: 'curl, HTTP/2',
    file: 'curl',
    args: (method, url) => ['-sS', '--http2', '-X', method, '-w', ' HTTP/%{http_version}', url],
  },
  { name: 'curl, HTTP/1.1', file: 'curl', args: (method, url) => ['-sS', '--http1.1', '-X', method, url] },
  {
    name: 'wget, system trust store',
    file: 'wget',
    args: (method, url) => ['-qO-', '--content-on-error', `--method=${method}`, url],
  },
  { name: 'gh api', file: 'gh', args: (method, url) => ['api', '-X', method, new URL(url).pathname] },
  { name: 'Python urllib', file: python, args: script('urllib_client.py') },
  { name: 'Python requests', file: python, args: script('requests_client.py'), module: 'requests' },
  { name: 'PyGithub', file: python, args: script('pygithub_client.py'), module: 'github' },
  { name: 'Node fetch', file: process.execPath, args: script('fetch.mjs') },
  { name: 'octokit', file: process.execPath, args: script('octokit.mjs') },
  {
    name: 'Go net/http',
    file: 'go',
    args: (method, url) => ['run', join(clients, 'client.go'), method, url],
  },
  { name: 'Java HttpClient', file: 'java', args: script('Client.java') },
];

describe.each(table)('$name', ({ file, args, module }) => {
  const isThere = findProgram(file) !== undefined && (module === undefined || hasPythonModule(module));
  const call = async (method: string, path: string) =>
    output(file, args(method, api + path), { env: inject('agentEnv') });

  test.skipIf(!isThere)('reads what it may read, with a credential it never held', async () => {
    const text = await call('GET', '/repos/myorg/repo-a/issues');
    expect(text).toContain('a real issue');
    expect(text).not.toContain(inject('realToken'));
  });

  test.skipIf(!isThere)('is told in its own words why an administrative action is denied', async () => {
    const text = await call('POST', '/repos/myorg/repo-a/hooks');
    expect(text).toMatch(/github-writer: admin:hooks:create is denied by policy\.deny\[0\]/);
  });

  test.skipIf(!isThere)('cannot reach a repository outside its scope', async () => {
    const text = await call('GET', '/repos/other/secret/issues');
    expect(text).toMatch(/other\/secret is not in scope\.repositories/);
  });
});

test('a host that no Provider claims has no address', async () => {
  expect(
    await output('curl', ['-sS', '--max-time', '10', 'https://example.org/'], { env: inject('agentEnv') }),
  ).toMatch(/Could not resolve host/);
});

test('every request is in the audit log once, and the real token nowhere', async () => {
  const marker = '/repos/myorg/repo-b/issues';
  await output('curl', ['-sS', api + marker], { env: inject('agentEnv') });
  await expect.poll(() => lines().filter(({ path }) => path === marker).length).toBe(1);
  expect(readFileSync(inject('auditLog'), 'utf8')).not.toContain(inject('realToken'));
});

function lines(): { path: string }[] {
  return readFileSync(inject('auditLog'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}
