import { beforeEach, describe, expect, test } from 'vitest';
import { canaries, useRig } from './rig.ts';
import { reply } from './service.ts';
import { valuesOf } from './strict-message.ts';

const provider = `apiVersion: pai.io/v1
kind: Provider
metadata: {name: tracker}
spec:
  type: mcp
  mcp: {transport: http, url: "https://api.example.com/mcp"}
  auth: {type: api-key, secretRef: api-token}
`;

let head = '';
const challenge = 'Bearer resource_metadata="https://api.example.com/.well-known/oauth-protected-resource"';
const rig = useRig({
  providers: [provider],
  answer: (_request, socket) => {
    const body = 'canary-page-of-the-server';
    reply(
      socket,
      `HTTP/1.1 ${head}\r\nWWW-Authenticate: ${challenge}\r\nContent-Length: ${body.length}`,
      body,
    );
  },
});

const message = { jsonrpc: '2.0', id: 7, method: 'tools/list' };
const asked = {
  method: 'POST',
  path: '/mcp',
  headers: [['content-type', 'application/json']] as const,
  body: JSON.stringify(message),
};

beforeEach(() => {
  head = '401 Unauthorized';
});

describe.each(['h1', 'h2'] as const)('over %s a refusal of the credential', (protocol) => {
  test('is no 401 to the agent, but an error with what to do', async () => {
    const got = await rig().ask({ ...asked, protocol });
    expect(got.status).toBe(200);
    expect(got.headers.filter(([name]) => name === 'www-authenticate')).toEqual([]);
    expect(JSON.parse(got.body)).toEqual({
      jsonrpc: '2.0',
      id: 7,
      error: {
        code: -32_600,
        message: expect.stringContaining(
          'tracker: the server does not take the key (401); run: pai add secret api-token --from-literal token=',
        ),
      },
    });
    const [event] = await rig().audit(1);
    expect(event).toMatchObject({
      error: 'credential_refused',
      provider: 'tracker',
      actions: ['tools/list'],
    });
    await rig().expectNoCanary(got);
  });

  test('to one who listens is a 502', async () => {
    const got = await rig().ask({ path: '/mcp', protocol });
    expect([got.status, got.body]).toEqual([502, expect.stringContaining('does not take the key')]);
    expect(got.body).not.toContain('canary-page');
    await rig().audit(1);
  });

  test('leaves the next request alone', async () => {
    await rig().ask({ ...asked, protocol });
    head = '200 OK\r\nContent-Type: text/plain';
    const got = await rig().ask({ ...asked, protocol });
    expect([got.status, got.body]).toEqual([200, 'canary-page-of-the-server']);
    expect(got.headers.filter(([name]) => name === 'www-authenticate')).toEqual([]);
    expect(valuesOf(rig().service.requests.at(-1)?.fields ?? [], 'authorization')).toEqual([
      `Bearer ${canaries.api}`,
    ]);
    await rig().audit(2);
  });

  test('of another kind keeps its status, without the challenge', async () => {
    head = '403 Forbidden';
    const got = await rig().ask({ ...asked, protocol });
    expect([got.status, got.headers.filter(([name]) => name === 'www-authenticate')]).toEqual([403, []]);
    await rig().audit(1);
  });

  test.each([
    [
      'a scope',
      '403 No\r\nWWW-Authenticate: Bearer error="insufficient_scope", scope="KEY"',
      'the scopes KEY;',
    ],
    ['a charset', '200 OK\r\nContent-Type: application/json; charset=KEY', 'charset=KEY'],
  ])(
    'that repeats the key as %s shows it neither to the agent nor in the log',
    async (_where, given, said) => {
      head = given.replace('KEY', canaries.api);
      const got = await rig()
        .ask({ ...asked, protocol })
        .catch(() => 'cut off');
      const [event] = await rig().audit(1);
      const mask = `redacted${'x'.repeat(canaries.api.length - 8)}`;
      expect(event).toMatchObject({
        reason: expect.stringContaining(said.replace('KEY', mask)),
        redactions: 1,
      });
      await rig().expectNoCanary(got, event);
    },
  );
});
