import { afterEach, expect, test } from 'vitest';
import { createSecretStore } from '../../src/secrets.ts';
import { askH1 } from './agent.ts';
import { useRig } from './rig.ts';

const host = 'api.telegram.org';
const real = '987654321:AAreal-token_that-stays-at-the-service';
const own = '123456789:AAagents-own-token_0123456789abcdef';

const provider = `apiVersion: pai.io/v1
kind: Provider
metadata: {name: telegram-bot}
spec:
  type: telegram
  auth: {type: bot-token, secretRef: telegram-bot}
  policy: {allow: [getMe, sendMessage]}
`;

const rig = useRig({ hosts: [host] });

async function attach(): Promise<void> {
  const { home, apply, sidecar } = rig();
  if (sidecar.attached().some(({ name }) => name === 'telegram-bot')) return;
  await createSecretStore(home).put('default', 'telegram-bot', { token: real });
  await apply(provider);
  await expect.poll(() => sidecar.attached().map(({ name }) => name)).toContain('telegram-bot');
}

afterEach(async () => {
  const { auditSoFar, logs, admin } = rig();
  const said = JSON.stringify([await auditSoFar(), logs, (await admin('/metrics')).text]);
  for (const token of [real, own]) expect(said).not.toContain(token.split(':')[1]);
});

test.each([
  ['tls', 'h1'],
  ['tls', 'h2'],
  ['proxy', 'h1'],
  ['transparent', 'h2'],
] as const)(
  'T6: at the door %s, by %s, the token of the path is the real one at the service and no one’s in the log',
  async (door, protocol) => {
    await attach();
    const { ask, audit, service } = rig();
    const got = await ask({ door, protocol, sni: host, path: `/bot${own}/getMe?a=1` });
    expect(got.status).toBe(200);
    expect(service.requests.map(({ target }) => target)).toEqual([`/bot${real}/getMe?a=1`]);
    const denied = await ask({ door, protocol, sni: host, path: `/bot${own}/logOut` });
    expect(denied.body).toContain('"description":"telegram-bot: logOut is not allowed');
    const [first, second] = await audit(2);
    expect([first?.path, second?.path]).toEqual(['/bot***/getMe', '/bot***/logOut']);
    expect(JSON.stringify([first, second, denied])).not.toContain('agents-own');
  },
);

test.each([
  ['a dot segment', `GET /bot${own}/../x HTTP/1.1\r\nHost: ${host}\r\n\r\n`],
  ['an empty segment', `GET //bot${own}/getMe HTTP/1.1\r\nHost: ${host}\r\n\r\n`],
  ['a backslash', `GET /bot${own}\\getMe HTTP/1.1\r\nHost: ${host}\r\n\r\n`],
  ['a fragment', `GET /bot${own}/getMe#x HTTP/1.1\r\nHost: ${host}\r\n\r\n`],
  ['a method in lower case', `get /bot${own}/getMe HTTP/1.1\r\nHost: ${host}\r\n\r\n`],
  ['another host', `GET /bot${own}/getMe HTTP/1.1\r\nHost: other.example\r\n\r\n`],
  [
    'two lengths',
    `POST /bot${own}/getMe HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n`,
  ],
  ['a broken header', `GET /bot${own}/getMe HTTP/1.1\r\nHost: ${host}\r\nX y\r\n\r\n`],
  ['a URL in clear', `GET http://${host}/bot${own}/getMe HTTP/1.1\r\nHost: ${host}\r\n\r\n`],
  ['a token in capitals', `GET /BOT${own.replace(':', '%3A')}/getMe HTTP/1.1\r\nHost: ${host}\r\n\r\n`],
])('T6: a request with %s is refused without its path’s token being logged or said', async (_what, text) => {
  await attach();
  const { line, audit, service } = rig();
  const agent = await line({ sni: host });
  agent.send(text);
  const answer = await agent.response();
  const [event] = await audit(1);
  expect(event?.status).toBeGreaterThanOrEqual(400);
  expect(JSON.stringify([event, answer?.startLine, answer?.fields, String(answer?.body)])).not.toContain(
    'agents-own',
  );
  expect(service.received().length).toBe(0);
});

test('T6: the base URL door forgets what is written without its prefix', async () => {
  await attach();
  const { bare, sidecar, audit } = rig();
  const at = `127.0.0.1:${sidecar.addresses.baseUrl[0]?.port}`;
  const paths = [
    `/bot${own}/getMe`,
    `/provider/nobody/bot${own}/getMe`,
    `/provider/telegram-bot/bot${own}/logOut`,
    `/host/${host}/bot${own}/../x`,
  ];
  for (const path of paths) {
    const got = await askH1(await bare('baseUrl'), at, { path });
    expect(got.status).toBeGreaterThanOrEqual(400);
    expect(got.body).not.toContain('agents-own');
  }
  expect(JSON.stringify(await audit(paths.length))).not.toContain('agents-own');
});

test('T6: a plain request at the proxy door is refused without its token', async () => {
  await attach();
  const { proxy, audit } = rig();
  const agent = await proxy();
  agent.send(`GET http://${host}/bot${own}/getMe HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
  expect((await agent.response())?.status).toBe(403);
  expect(JSON.stringify(await audit(1))).not.toContain('agents-own');
});
