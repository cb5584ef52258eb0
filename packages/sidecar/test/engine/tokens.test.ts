import type { Socket } from 'node:net';
import { describe, expect, test, vi } from 'vitest';
import { createSecretStore } from '../../src/secrets.ts';
import { tokenPlugins, tokenProvider } from '../token-plugin.ts';
import { canaries, type Rig, startRig } from './rig.ts';
import { type Received, reply } from './service.ts';
import { valuesOf } from './strict-message.ts';

/** A service with its token endpoint: it takes the tokens it issued, unless they are revoked. */
function createIssuer() {
  const issuer = {
    issued: [] as string[],
    revoked: new Set<string>(),
    seconds: 3_600,
    login: undefined as ((socket: Socket) => void) | undefined,
    service: undefined as ((request: Received, socket: Socket) => void) | undefined,
    answer: (request: Received, socket: Socket) => {
      const host = valuesOf(request.fields, 'host')[0];
      if (host === 'login.example.com')
        return issuer.login === undefined ? issue(socket) : issuer.login(socket);
      if (issuer.service !== undefined) return issuer.service(request, socket);
      const token = valuesOf(request.fields, 'authorization')[0]?.replace('Bearer ', '') ?? '';
      const isValid = issuer.issued.includes(token) && !issuer.revoked.has(token);
      const body = `${request.method} ${request.body.toString()} ${token}`;
      const status = isValid ? '200 OK' : '401 Unauthorized\r\nWWW-Authenticate: Bearer';
      reply(socket, `HTTP/1.1 ${status}\r\nContent-Length: ${body.length}`, body);
    },
  };
  const issue = (socket: Socket) => {
    const token = `minted-canary-${issuer.issued.length}-5f0c`;
    issuer.issued.push(token);
    const body = JSON.stringify({ token, seconds: issuer.seconds });
    reply(
      socket,
      `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${body.length}`,
      body,
    );
  };
  return issuer;
}

async function start() {
  const issuer = createIssuer();
  const rig = await startRig({
    hosts: ['login.example.com', 'other.example.com'],
    providers: [tokenProvider],
    answer: issuer.answer,
    sidecar: { plugins: tokenPlugins },
  });
  return { rig, issuer };
}

const masked = (method: string, body = '') => `${method} ${body} redacted${'x'.repeat(12)}`;
const atLogin = ({ service }: Rig) =>
  service.requests.filter(({ fields }) => valuesOf(fields, 'host')[0] === 'login.example.com');

describe('a credential that is fetched', () => {
  test('is asked for once, put on every request, and shown to nobody', async () => {
    const { rig, issuer } = await start();
    const answers = await Promise.all(Array.from({ length: 20 }, () => rig.ask({})));
    for (const { status, body } of answers) expect([status, body]).toEqual([200, masked('GET')]);
    const [login, ...more] = atLogin(rig);
    expect(more).toEqual([]);
    expect(login).toMatchObject({ method: 'POST', target: '/token?grant=client' });
    expect(login?.body.toString()).toBe(`client_secret=${canaries.api}`);
    expect(valuesOf(login?.fields ?? [], 'accept-encoding')).toEqual(['identity']);
    const events = await rig.audit(20);
    expect(events.every(({ redactions }) => redactions === 1)).toBe(true);
    expect(JSON.stringify([answers, events, rig.logs])).not.toContain(issuer.issued[0]);
    await rig.expectNoCanary(answers, events);
  });

  test.each([
    ['GET', undefined],
    ['POST', 'short enough for the rule to read'],
    ['DELETE', undefined],
  ])('is renewed after a 401, and %s sent once more', async (method, body) => {
    const { rig, issuer } = await start();
    await rig.ask({});
    issuer.revoked.add('minted-canary-0-5f0c');
    const got = await rig.ask({ method, ...(body !== undefined && { body }) });
    expect([got.status, got.body]).toEqual([200, masked(method, body)]);
    expect(issuer.issued).toHaveLength(2);
    const [, event] = await rig.audit(2);
    expect(event).toMatchObject({ status: 200, replayed: true, redactions: 1, bytes_in: body?.length ?? 0 });
  });

  test.each([
    ['expired', 200, 2],
    ['forbidden', 403, 1],
  ])('is renewed after another answer where its Provider says so: %s', async (why, status, issued) => {
    const { rig, issuer } = await start();
    let asked = 0;
    issuer.service = (_, socket) => {
      asked += 1;
      const isRefused = asked === 1 || status === 403;
      const head = isRefused ? `403 No\r\nX-Why: ${why}` : '200 OK';
      reply(socket, `HTTP/1.1 ${head}\r\nContent-Length: 0`);
    };
    expect((await rig.ask({})).status).toBe(status);
    expect([issuer.issued.length, asked]).toEqual([issued, issued]);
  });

  test('is renewed for the next request where the content is gone', async () => {
    const { rig, issuer } = await start();
    await rig.ask({});
    issuer.revoked.add('minted-canary-0-5f0c');
    const body = 'x'.repeat(200);
    expect((await rig.ask({ method: 'POST', body })).status).toBe(401);
    await vi.waitFor(() => expect(issuer.issued).toHaveLength(2));
    expect((await rig.ask({ method: 'POST', body })).status).toBe(200);
    expect((await rig.audit(3)).map(({ replayed }) => replayed)).toEqual([undefined, undefined, undefined]);
  });

  test('that is refused again is refused: nothing is sent a third time', async () => {
    const { rig, issuer } = await start();
    for (let i = 0; i < 10; i += 1) issuer.revoked.add(`minted-canary-${i}-5f0c`);
    for (let i = 0; i < 5; i += 1) {
      const got = await rig.ask({});
      expect([got.status, got.body]).toEqual([401, masked('GET')]);
      expect(got.headers).toContainEqual(['www-authenticate', 'Bearer']);
    }
    expect(issuer.issued).toHaveLength(2);
    expect(rig.service.requests).toHaveLength(2 + 6);
  });

  test('is renewed for the next request where the agent has left: nothing is sent for it again', async () => {
    const { rig, issuer } = await start();
    await rig.ask({});
    issuer.revoked.add('minted-canary-0-5f0c');
    const asked = Promise.withResolvers<Socket>();
    issuer.login = asked.resolve;
    const agent = await rig.line();
    agent.send('DELETE / HTTP/1.1\r\nHost: api.example.com\r\n\r\n');
    const login = await asked.promise;
    agent.socket.destroy();
    expect(await rig.audit(2)).toMatchObject([{}, { method: 'DELETE', error: 'agent_gone' }]);
    const token = 'minted-canary-1-5f0c';
    issuer.issued.push(token);
    const body = JSON.stringify({ token, seconds: 3_600 });
    reply(login, `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}`, body);
    expect((await rig.ask({})).status).toBe(200);
    expect(rig.service.requests.filter(({ method }) => method === 'DELETE')).toHaveLength(1);
  });

  test('whose renewal fails lets the 401 through, whole', async () => {
    const { rig, issuer } = await start();
    await rig.ask({});
    issuer.revoked.add('minted-canary-0-5f0c');
    issuer.login = (socket) => reply(socket, 'HTTP/1.1 500 No\r\nContent-Length: 0');
    const got = await rig.ask({});
    expect([got.status, got.body]).toEqual([401, masked('GET')]);
  });

  test.each([
    [
      'that fails',
      (socket: Socket) => reply(socket, 'HTTP/1.1 500 No\r\nContent-Length: 0'),
      'login: status 500',
    ],
    [
      'that redirects elsewhere',
      (socket: Socket) =>
        reply(socket, 'HTTP/1.1 307 Go\r\nLocation: https://other.example.com/\r\nContent-Length: 0'),
      'login: status 307',
    ],
    [
      'that says too much',
      (socket: Socket) =>
        reply(socket, 'HTTP/1.1 200 OK\r\nContent-Length: 2000000', Buffer.alloc(2_000_000)),
      'more content than a plugin may read',
    ],
    [
      'that compresses without being asked',
      (socket: Socket) =>
        reply(socket, 'HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2', 'ab'),
      'an encoding that was not asked for',
    ],
    ['that hangs up', (socket: Socket) => void socket.destroy(), 'closed the connection'],
  ])('from an endpoint %s is not there: 502, and the endpoint is left alone', async (_how, login, why) => {
    const { rig, issuer } = await start();
    issuer.login = login;
    const answers = await Promise.all(Array.from({ length: 8 }, () => rig.ask({})));
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 502));
    expect(atLogin(rig).length).toBeLessThan(8);
    const events = await rig.audit(8);
    for (const { rule, reason } of events) {
      expect(rule).toBe('credential_unavailable');
      expect(reason).toContain(why);
    }
    await rig.expectNoCanary(events);
  });

  test('is masked in the head of a switched connection, whose bytes are said to be unsearched', async () => {
    const { rig, issuer } = await start();
    issuer.service = (request, socket) => {
      const accept = 'Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=';
      const fields = `Connection: upgrade\r\nUpgrade: websocket\r\n${accept}\r\nX-T: ${valuesOf(request.fields, 'authorization')}`;
      reply(socket, `HTTP/1.1 101 Switching Protocols\r\n${fields}`);
      socket.end();
    };
    const agent = await rig.line();
    const fields =
      'Connection: upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==';
    agent.send(`GET / HTTP/1.1\r\nHost: api.example.com\r\n${fields}\r\n\r\n`);
    expect((await agent.rest()).toString()).toContain(`Bearer redacted${'x'.repeat(12)}\r\n`);
    expect((await rig.audit(1))[0]).toMatchObject({
      status: 101,
      redactions: 1,
      unscanned: 'it is a connection of another protocol',
    });
  });

  test('is dropped with the Secret that it came from (L3)', async () => {
    const { rig, issuer } = await start();
    await rig.ask({});
    await createSecretStore(rig.home).put('default', 'api-token', { token: 'rotated-canary-77aa' });
    await vi.waitFor(async () => {
      await rig.ask({});
      expect(issuer.issued).toHaveLength(2);
    });
    expect(atLogin(rig).at(-1)?.body.toString()).toBe('client_secret=rotated-canary-77aa');
  });

  test('is still renewed after a reload that failed for another Provider', async () => {
    const { rig, issuer } = await start();
    await rig.ask({});
    const other = tokenProvider.replace('{name: api}', '{name: zzz}').replace('api.example', 'other.example');
    await rig.apply(tokenProvider, other.replace('secretRef: api-token', 'secretRef: typo'));
    await vi.waitFor(() => expect(rig.logs.join('\n')).toContain('NOT RELOADED'));
    issuer.revoked.add('minted-canary-0-5f0c');
    expect((await rig.ask({})).status).toBe(200);
    expect(issuer.issued).toHaveLength(2);
  });

  test('is waited for no longer when the configuration changes', async () => {
    const { rig, issuer } = await start();
    issuer.login = () => {};
    const waiting = rig.ask({});
    await vi.waitFor(() => expect(atLogin(rig)).toHaveLength(1));
    await rig.remove('api');
    expect((await waiting).status).toBe(502);
    expect((await rig.audit(1))[0]?.reason).toContain('the configuration has changed');
  });
});
