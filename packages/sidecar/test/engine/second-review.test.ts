import { setTimeout as delay } from 'node:timers/promises';
import { expect, test, vi } from 'vitest';
import { canaries, startRig } from './rig.ts';
import { reply } from './service.ts';

const get = 'GET / HTTP/1.1\r\nHost: api.example.com\r\n\r\n';

test.each([1, 2, 3])('a credential that drips in pieces of %i bytes is masked', async (size) => {
  const rig = await startRig({
    answer: async (_request, socket) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n');
      for (let at = 0; at < 12; at += size) {
        socket.write(canaries.api.slice(at, Math.min(12, at + size)));
        await delay(30);
      }
      socket.end(`${canaries.api.slice(12)}!`);
    },
  });
  const agent = await rig.line();
  agent.send(get.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n'));
  const text = (await agent.rest()).toString();
  expect(text).toContain('!');
  expect(text).not.toContain(canaries.api.slice(4, 12));
  expect(text).not.toContain(canaries.api.slice(12));
  expect(await rig.audit(1)).toMatchObject([{ redactions: 1 }]);
});

test('content just over what can be judged, whole in one write, reaches the service', async () => {
  const anything = `apiVersion: pai.io/v1
kind: Provider
metadata: {name: github-writer}
spec:
  type: github
  auth: {type: pat, secretRef: github-pat}
  policy: {allow: ["*"]}
`;
  const rig = await startRig({ providers: [anything] });
  const agent = await rig.line({ sni: 'api.github.com' });
  const size = (1 << 20) + 1;
  const head =
    'POST /repos/myorg/repo-a/pulls/1/reviews HTTP/1.1\r\nHost: api.github.com\r\nTransfer-Encoding: chunked';
  agent.send(`${head}\r\n\r\n${size.toString(16)}\r\n${'x'.repeat(size)}\r\n0\r\n\r\n`);
  expect((await agent.response())?.status).toBe(200);
  expect(rig.service.requests[0]?.body.length).toBe(size);
  await rig.audit(1);
});

test('thousands of cookies in one response are refused at once', async () => {
  const rig = await startRig({
    answer: (_request, socket) =>
      reply(socket, `HTTP/1.1 200 OK\r\n${'Set-Cookie:\r\n'.repeat(19_000)}Content-Length: 0`),
  });
  expect((await rig.ask({ protocol: 'h2' })).status).toBe(502);
  expect(await rig.audit(1)).toMatchObject([{ error: 'upstream_protocol' }]);
});

test('a change of the configuration never cuts off a request that came after the one it is about', async () => {
  const rig = await startRig({ sidecar: { detachDelay: 20 } });
  const agent = await rig.line();
  agent.send(get);
  expect((await agent.response())?.status).toBe(200);
  await rig.remove('api');
  await vi.waitFor(async () => expect((await rig.ask({ sni: 'api.example.com' })).status).toBe(421));
  agent.send(get);
  expect((await agent.response())?.status).toBe(421);
});
