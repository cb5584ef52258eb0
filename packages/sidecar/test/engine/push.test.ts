import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { startRig } from './rig.ts';

/** A push of one reference, which the rig's policy does not allow, and the beginning of its pack. */
const line = `${'0'.repeat(40)} ${'a'.repeat(40)} refs/heads/main\0report-status`;
const commands = `${(line.length + 4).toString(16).padStart(4, '0')}${line}0000PACK`;

test('a denied push is answered in words of git once its pack has come, and the service hears nothing', async () => {
  const rig = await startRig({ hosts: ['github.com'] });
  const agent = await rig.line({ sni: 'github.com' });
  const pack = 'x'.repeat(300_000);
  agent.send(
    `POST /myorg/repo-a.git/git-receive-pack HTTP/1.1\r\nHost: github.com\r\nContent-Length: ${commands.length + pack.length}\r\n\r\n${commands}`,
  );
  const answer = agent.response();
  const isEarly = await Promise.race([answer.then(() => true), delay(50, false)]);
  expect(isEarly).toBe(false);
  agent.send(pack);
  const got = await answer;
  expect(got?.status).toBe(200);
  expect(String(got?.body)).toMatch(
    /^000eunpack ok\n....ng refs\/heads\/main github-writer: contents:push is not allowed/,
  );
  expect(rig.service.received().length).toBe(0);
  const [event] = await rig.audit(1);
  expect(event).toMatchObject({ decision: 'deny', status: 200, parts: ['refs/heads/main'] });
  expect(event?.bytes_in).toBe(commands.length + pack.length);
});

test('an agent that leaves before its pack is sent is recorded, and nothing is left', async () => {
  const rig = await startRig({ hosts: ['github.com'] });
  const agent = await rig.line({ sni: 'github.com' });
  agent.send(
    `POST /myorg/repo-a.git/git-receive-pack HTTP/1.1\r\nHost: github.com\r\nContent-Length: 9999\r\n\r\n${commands}`,
  );
  await delay(50);
  agent.socket.destroy();
  expect(await rig.audit(1)).toMatchObject([{ decision: 'deny', status: 0 }]);
});
