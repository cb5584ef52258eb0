import { resolveRequest, Secret } from '@pai/core';
import { requestFor } from '@pai/core/conformance';
import { compilePolicy } from '@pai/policy';
import { github } from '@pai/provider-github';

const name = 'mine';
const policy = { allow: ['issues:read', 'pulls:create'] };
const read = (key: string) => new Secret(`github-pat/${key}`, 'ghp_the_real_token');
const secrets = { read, derive: (name: string, value: string) => new Secret(name, value) };
const { signal } = new AbortController();
const provider = github.create(
  { type: 'github', auth: { type: 'pat', secretRef: 'github-pat' } },
  { name, secrets, fetch, signal, now: Date.now, log: () => {} },
);
const { scope } = provider;
const { decide } = compilePolicy({ name, type: 'github', policy, plugin: github, scope, hasScope: false });

for (const line of ['GET /repos/myorg/repo-a/issues', 'DELETE /repos/myorg/repo-a']) {
  const [method = '', path = ''] = line.split(' ');
  const request = requestFor({ method, url: `https://api.github.com${path}` });
  const { effect, reason } = decide(request, await resolveRequest(provider, request));
  process.stdout.write(`${effect}: ${reason}\n`);
}
