import { describe, expect, test, vi } from 'vitest';
import { useRig } from './rig.ts';
import { reply } from './service.ts';
import { accepted, handshake, switching } from './switching.ts';

const providers = [switching];
const get = 'GET /next HTTP/1.1\r\nHost: api.example.com\r\n\r\n';

describe('a service that does not switch', () => {
  let answer = '';
  const rig = useRig({ providers, answer: (_request, socket) => reply(socket, answer, 'no') });
  test.each([200, 401, 403, 426, 500])(
    '%i is an answer like any other, and bytes behind the handshake are the next request',
    async (status) => {
      const { line, service, audit } = rig();
      answer = `HTTP/1.1 ${status} X\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nContent-Length: 2`;
      const agent = await line();
      agent.send(`${handshake}\r\nGET /forbidden HTTP/1.1\r\nHost: api.example.com\r\n\r\n${get}`);
      const first = await agent.response();
      expect(first).toMatchObject({ status, body: Buffer.from('no') });
      expect(first?.fields.map(([name]) => name.toLowerCase())).not.toContain('upgrade');
      expect((await agent.response())?.status).toBe(403);
      expect((await agent.response())?.status).toBe(status);
      expect(service.requests.map(({ target }) => target)).toEqual(['/chat', '/next']);
      const lines = await audit(3);
      expect(lines.map(({ decision }) => decision)).toEqual(['allow', 'deny', 'allow']);
    },
  );
});

describe('a switch that is none', () => {
  let answer = '';
  const rig = useRig({ providers, answer: (_request, socket) => void socket.write(answer, 'latin1') });
  const line = (name: string, value: string) => `${name}: ${value}\r\n`;
  const accept = line('Sec-WebSocket-Accept', 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=');
  const status = 'HTTP/1.1 101 Switching Protocols\r\n';
  test.each([
    ['to another protocol', handshake, `${status}${line('Upgrade', 'h2c')}${accept}\r\n`],
    ['to no protocol', handshake, `${status}${accept}\r\n`],
    ['in HTTP/1.0', handshake, `${accepted.replace('1.1', '1.0')}\r\n`],
    ['that does not answer the key', handshake, `${status}${line('Upgrade', 'websocket')}\r\n`],
    [
      'that answers another key',
      handshake,
      `${status}${line('Upgrade', 'websocket')}${line('Sec-WebSocket-Accept', 'AAAAAAAAAAAAAAAAAAAAAAAAAAA=')}\r\n`,
    ],
    [
      'of a handshake with two keys',
      handshake.replace(/(Sec-WebSocket-Key: ).*\r\n/, '$&$1AAAAAAAAAAAAAAAAAAAAAA==\r\n'),
      `${accepted}\r\n`,
    ],
    ['of a handshake without a key', handshake.replace(/Sec-WebSocket-Key.*\r\n/, ''), `${accepted}\r\n`],
    ['that nobody asked for', 'GET /chat HTTP/1.1\r\nHost: api.example.com\r\n', `${accepted}\r\n`],
    [
      'that nobody asked for, since HTTP/1.0 cannot',
      handshake.replace('HTTP/1.1', 'HTTP/1.0'),
      `${accepted}\r\n`,
    ],
  ])('%s is 502, and nothing is carried', async (_name, asked, answered) => {
    const { line: connect, service, audit } = rig();
    answer = `${answered}smuggled`;
    const agent = await connect();
    agent.send(`${asked}\r\n`);
    const response = await agent.response();
    expect(response).toMatchObject({ status: 502, interim: [] });
    expect(response?.body.toString()).not.toContain('smuggled');
    const [event] = await audit(1);
    expect(event).toMatchObject({ decision: 'allow', status: 502, error: 'upstream_protocol' });
    await vi.waitFor(() => expect(service.open()).toBe(0));
  });
});

describe('a handshake', () => {
  const rig = useRig({ providers });
  test.each([
    ['POST', handshake.replace('GET', 'POST')],
    ['content', `${handshake}Content-Length: 2\r\n`],
    ['chunks', `${handshake}Transfer-Encoding: chunked\r\n`],
    ['another protocol', handshake.replace('websocket', 'h2c')],
    ['a second protocol', handshake.replace('Upgrade: websocket', 'Upgrade: websocket, h2c')],
    ['a second field', `${handshake}Upgrade: h2c\r\n`],
    ['a second field of the same', `${handshake}upgrade: websocket\r\n`],
    ['an empty protocol', handshake.replace('Upgrade: websocket', 'Upgrade:')],
  ])('with %s is refused before a byte goes up', async (_name, asked) => {
    const { line, service, audit } = rig();
    const agent = await line();
    agent.send(`${asked}\r\n`);
    expect((await agent.response())?.status).toBe(403);
    expect(service.received().length).toBe(0);
    const [event] = await audit(1);
    expect(event).toMatchObject({ decision: 'refuse', rule: 'upgrade_refused' });
  });

  test('by HTTP/1.0 is a request like any other (RFC 9110 section 7.8)', async () => {
    const { line, service, audit } = rig();
    const agent = await line();
    agent.send(`${handshake.replace('HTTP/1.1', 'HTTP/1.0')}\r\n`);
    expect((await agent.response())?.status).toBe(200);
    expect(service.received().toString()).not.toMatch(/^(?:upgrade|connection):/im);
    await audit(1);
  });

  test('by HTTP/2 is refused', async () => {
    const { ask, service, auditSoFar } = rig();
    const headers = [
      [':protocol', 'websocket'],
      ['sec-websocket-version', '13'],
    ] as const;
    const got = await ask({ protocol: 'h2', method: 'CONNECT', path: '/chat', headers }).catch(
      () => undefined,
    );
    expect([undefined, 0, 400, 405]).toContain(got?.status);
    expect(service.received().length).toBe(0);
    await auditSoFar();
  });
});
