import { readFileSync } from 'node:fs';
import { expect, inject, test } from 'vitest';
import { findProgram, output } from './run-client.ts';

const api = 'https://api.github.com/repos/myorg/repo-b';

function curl(...args: string[]): Promise<string> {
  const env = inject('appEnv');
  const authorization = ['-H', `Authorization: Bearer ${env['GITHUB_TOKEN']}`];
  return output('curl', ['-sS', ...authorization, ...args], { env });
}

test.skipIf(findProgram('curl') === undefined)(
  'an agent works as an app that it holds no key of, as far as scope and policy go',
  async () => {
    expect(await curl('-d', '{"title":"by an app"}', `${api}/issues`)).toContain('"by an app"');
    expect(await curl(`${api}/issues`)).toContain('"by an app"');
    expect(await curl('https://api.github.com/repos/myorg/repo-a/issues')).toMatch(
      /github-app: issues:read is out of scope: myorg\/repo-a is not in scope\.repositories/,
    );
    expect(await curl('-d', '{}', `${api}/hooks`)).toMatch(/admin:hooks:create is not allowed/);
    const lines = readFileSync(inject('serviceLog'), 'utf8').split('\n');
    expect(lines.filter((line) => line.includes('/app/installations/777/access_tokens'))).toHaveLength(1);
    expect(lines.filter((line) => line.includes('/repos/myorg/repo-b/issues Bearer ghs_'))).toHaveLength(2);
  },
);

test.skipIf(findProgram('git') === undefined)(
  'git clones as the app where a header carries its placeholder, as CI systems write one',
  async () => {
    const pair = Buffer.from(`x-access-token:${inject('appEnv')['GITHUB_TOKEN']}`).toString('base64');
    const header = `http.https://github.com/.extraheader=AUTHORIZATION: basic ${pair}`;
    const url = 'https://github.com/myorg/repo-b.git';
    const before = readFileSync(inject('serviceLog'), 'utf8').length;
    expect(await output('git', ['-c', header, 'ls-remote', url], { env: inject('appEnv') })).toContain(
      'refs/heads/main',
    );
    const line = readFileSync(inject('serviceLog'), 'utf8').slice(before);
    const sent = /myorg\/repo-b\.git\/info\/refs\S* Basic (\S+)/.exec(line)?.[1] ?? '';
    expect(Buffer.from(sent, 'base64').toString()).toMatch(/^x-access-token:ghs_/);
  },
);

test('neither the key of the app nor a token of it is in the audit log', () => {
  const log = readFileSync(inject('auditLog'), 'utf8');
  const lines = inject('appKey')
    .split('\n')
    .filter((line) => line.length > 40);
  for (const canary of [...lines, 'ghs_', 'eyJ']) expect(log).not.toContain(canary);
});
