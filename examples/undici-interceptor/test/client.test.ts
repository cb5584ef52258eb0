import { Octokit } from '@octokit/core';
import { expect, onTestFinished, test } from 'vitest';
import { gateOptions } from '../../../packages/sidecar/test/embed/stage.ts';
import { canaries, startRig } from '../../../packages/sidecar/test/engine/rig.ts';
import { reply } from '../../../packages/sidecar/test/engine/service.ts';
import { createClient } from '../src/client.ts';

test("GitHub's SDK works on the guarded fetch with a placeholder, and hears what is denied", async () => {
  const rig = await startRig({
    answer: (_request, socket) =>
      reply(
        socket,
        'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 14',
        '[{"number":1}]',
      ),
  });
  const client = await createClient(gateOptions(rig));
  onTestFinished(() => client.close());
  const octokit = new Octokit({ auth: 'pai-placeholder-github-writer', request: { fetch: client.fetch } });
  const at = { owner: 'myorg', repo: 'repo-a' };

  expect((await octokit.request('GET /repos/{owner}/{repo}/issues', at)).data).toEqual([{ number: 1 }]);
  expect(JSON.stringify(rig.service.requests)).toContain(canaries.github);
  await expect(octokit.request('DELETE /repos/{owner}/{repo}', at)).rejects.toMatchObject({
    status: 403,
    message: expect.stringContaining('github-writer: admin:repos:delete is denied'),
  });
  expect((await client.fetch('https://elsewhere.example/')).status).toBe(403);
  expect(rig.service.requests).toHaveLength(1);
});
