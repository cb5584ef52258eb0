import { Octokit } from '@octokit/core';
import { expect, onTestFinished, test } from 'vitest';
import { gateOptions } from '../../../packages/sidecar/test/embed/stage.ts';
import { canaries, startRig } from '../../../packages/sidecar/test/engine/rig.ts';
import { reply } from '../../../packages/sidecar/test/engine/service.ts';
import { createApp } from '../src/app.ts';

test("GitHub's SDK reaches the service through the application with the application's key alone", async () => {
  const rig = await startRig({
    answer: (_request, socket) =>
      reply(
        socket,
        'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 14',
        '[{"number":1}]',
      ),
  });
  const app = await createApp('key-of-the-app', gateOptions(rig));
  onTestFinished(() => app.close());
  const base = await app.listen({ host: '127.0.0.1', port: 0 });
  const github = (key: string) =>
    new Octokit({
      baseUrl: `${base}/pai/provider/github-writer`,
      auth: 'pai-placeholder-github-writer',
      request: {
        fetch: (url: string, init: RequestInit) =>
          fetch(url, { ...init, headers: { ...init.headers, 'x-app-key': key } }),
      },
    });
  const at = { owner: 'myorg', repo: 'repo-a' };

  expect((await github('key-of-the-app').request('GET /repos/{owner}/{repo}/issues', at)).data).toEqual([
    { number: 1 },
  ]);
  expect(JSON.stringify(rig.service.requests)).toContain(canaries.github);
  await expect(github('key-of-the-app').request('DELETE /repos/{owner}/{repo}', at)).rejects.toMatchObject({
    status: 403,
    message: expect.stringContaining('github-writer: admin:repos:delete is denied'),
  });
  await expect(github('wrong').request('GET /repos/{owner}/{repo}/issues', at)).rejects.toMatchObject({
    status: 401,
  });
  expect(rig.service.requests).toHaveLength(1);
  expect(await (await fetch(`${base}/health`)).json()).toEqual({ ok: true });
});
