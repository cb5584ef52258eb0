import { once } from 'node:events';
import net, { type Socket } from 'node:net';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { startRig, useRig } from './rig.ts';
import { reply, startService } from './service.ts';
import { valuesOf } from './strict-message.ts';
import { listenTo } from './switching.ts';

const host = 'Host: api.example.com\r\n';
const get = `GET / HTTP/1.1\r\n${host}\r\n`;
const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
const interim = (status: number, field = '') => `HTTP/1.1 ${status} X\r\n${field}\r\n`;

describe('what a service says', () => {
  let bytes = '';
  const rig = useRig({
    answer: (_request, socket) =>
      void (bytes.endsWith('\0') ? socket.end(bytes.slice(0, -1)) : socket.write(bytes)),
  });
  const ask = async (head = get) => {
    const agent = await rig().line();
    agent.send(head);
    const response = await agent.response(head.slice(0, head.indexOf(' ')));
    const rest = listenTo(agent.socket);
    return { agent, response, rest };
  };

  test.each([
    ['103 is passed on', interim(103, 'Link: </a>; rel=preload\r\n'), [103]],
    ['102 is passed on', interim(102), [102]],
    ['one that nobody knows is passed on', interim(142), [142]],
    ['100 ends here', interim(100), []],
    ['sixteen are passed on', interim(103).repeat(16), Array.from({ length: 16 }, () => 103)],
  ])('interim responses: %s', async (_name, before, expected) => {
    bytes = before + ok;
    const { response } = await ask();
    expect(response).toMatchObject({ status: 200, interim: expected, body: Buffer.from('ok') });
    await rig().audit(1);
  });

  test('interim responses: seventeen are too many', async () => {
    bytes = interim(103).repeat(17) + ok;
    const { response } = await ask();
    expect(response?.status).toBe(502);
    expect(await rig().audit(1)).toMatchObject([{ error: 'upstream_protocol', status: 502 }]);
  });

  test('interim responses are not for HTTP/1.0', async () => {
    bytes = interim(103) + ok;
    const { response } = await ask(`GET / HTTP/1.0\r\n${host}\r\n`);
    expect(response).toMatchObject({ status: 200, interim: [] });
    await rig().audit(1);
  });

  test('a part of a resource stays the part it is', async () => {
    bytes =
      'HTTP/1.1 206 Partial\r\nContent-Range: bytes 2-3/10\r\nAccept-Ranges: bytes\r\nContent-Length: 2\r\n\r\nok';
    const { response } = await ask(`GET / HTTP/1.1\r\n${host}Range: bytes=2-3\r\nIf-Range: "x"\r\n\r\n`);
    expect(response).toMatchObject({ status: 206, body: Buffer.from('ok') });
    expect(valuesOf(response?.fields ?? [], 'content-range')).toEqual(['bytes 2-3/10']);
    expect(valuesOf(rig().service.requests[0]?.fields ?? [], 'range')).toEqual(['bytes=2-3']);
    await rig().audit(1);
  });

  test.each([
    ['205 without content', 'HTTP/1.1 205 Reset\r\nContent-Length: 0\r\n\r\n', 205, ''],
    ['204 that says it has content', 'HTTP/1.1 204 None\r\nContent-Length: 5\r\n\r\n', 204, ''],
    ['content that lasts until the end', 'HTTP/1.1 200 OK\r\n\r\nok\0', 200, 'ok'],
    [
      'HTTP/1.0 that keeps its connection',
      'HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok',
      200,
      'ok',
    ],
    [
      'chunk extensions, which end here',
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;a=b\r\nok\r\n0;c\r\n\r\n',
      200,
      'ok',
    ],
  ])('%s', async (_name, said, status, body) => {
    bytes = said;
    const { response } = await ask();
    expect([response?.status, response?.body.toString()]).toEqual([status, body]);
    await rig().audit(1);
  });

  test('a date is added where there is none, and kept where there is one', async () => {
    bytes = ok;
    const added = valuesOf((await ask()).response?.fields ?? [], 'date');
    expect(Math.abs(Date.parse(added[0] ?? '') - Date.now())).toBeLessThan(10_000);
    bytes = ok.replace('\r\n', '\r\nDate: Thu, 01 Jan 1970 00:00:00 GMT\r\n');
    expect(valuesOf((await ask()).response?.fields ?? [], 'date')).toEqual(['Thu, 01 Jan 1970 00:00:00 GMT']);
    await rig().audit(2);
  });

  test.each([
    ['HTTP/1.1', '', 'keep-alive'],
    ['HTTP/1.1', 'Connection: close\r\n', 'close'],
    ['HTTP/1.1', 'Connection: Close, x\r\n', 'close'],
    ['HTTP/1.0', '', 'close'],
    ['HTTP/1.0', 'Connection: Keep-Alive\r\n', 'keep-alive'],
    ['HTTP/1.0', 'Connection: x,keep-alive \r\n', 'keep-alive'],
    ['HTTP/1.0', 'Connection: x-keep-alive\r\n', 'close'],
  ])('a connection by %s with %j is told: %s', async (version, field, said) => {
    bytes = ok;
    const { agent, response } = await ask(`GET / ${version}\r\n${host}${field}\r\n`);
    expect(valuesOf(response?.fields ?? [], 'connection')).toEqual([said]);
    if (said === 'close') await agent.rest();
    else expect(agent.isClosed()).toBe(false);
    await rig().audit(1);
  });

  test('HTTP/1.0 gets content of unknown length until its connection ends, without chunks or trailers', async () => {
    bytes = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X\r\n\r\n2\r\nok\r\n0\r\nX: y\r\n\r\n';
    const { response } = await ask(`GET / HTTP/1.0\r\n${host}Connection: keep-alive\r\n\r\n`);
    expect(response?.body.toString()).toBe('ok');
    for (const name of ['transfer-encoding', 'trailer'])
      expect(valuesOf(response?.fields ?? [], name)).toEqual([]);
    expect(valuesOf(response?.fields ?? [], 'connection')).toEqual(['close']);
    await rig().audit(1);
  });

  test.each([
    ['another expectation', 'HTTP/1.1', 'Expect: coffee\r\n'],
    ['an expectation of HTTP/1.0', 'HTTP/1.0', 'Expect: 100-continue\r\n'],
    ['an expectation without content', 'HTTP/1.1', 'Expect: 100-continue\r\n'],
  ])('%s is dropped and not answered', async (_name, version, field) => {
    bytes = ok;
    const { response } = await ask(`GET / ${version}\r\n${host}${field}\r\n`);
    expect(response).toMatchObject({ status: 200, interim: [] });
    expect(rig().service.received().toString()).not.toMatch(/expect/i);
    await rig().audit(1);
  });
});

describe('a service that dies in the middle', () => {
  test.each(['HTTP/1.0', 'HTTP/1.1'])('is a reset for an agent that speaks %s in clear', async (version) => {
    let service: Socket | undefined;
    const rig = await startRig({
      answer: (_request, socket) => {
        service = socket;
        socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n');
      },
    });
    const port = rig.sidecar.addresses.proxy[0]?.port ?? 0;
    const agent = net.connect({ port, host: '127.0.0.1' });
    onTestFinished(() => void agent.destroy());
    const failed = once(agent, 'error');
    const ear = listenTo(agent);
    agent.write(`GET https://api.example.com/ ${version}\r\n${host}\r\n`);
    await ear.hears('half');
    service?.destroy();
    expect((await failed)[0]).toMatchObject({ code: 'ECONNRESET' });
    expect(await rig.audit(1)).toMatchObject([{ status: 200, error: expect.stringMatching(/^upstream_/) }]);
  });
});

describe('a connection to a service is used again only after a clean end', () => {
  const part = `POST / HTTP/1.1\r\n${host}Content-Length: 10\r\n\r\nhalf`;
  test.each([
    ['the response came before the content was sent', part, ok, 200],
    ['something follows the response', get, `${ok}HTTP/1.1 200 OK\r\n\r\n`, 200],
    ['content follows a response that has none', get, `HTTP/1.1 304 X\r\nContent-Length: 2\r\n\r\nok`, 304],
    ['content follows the response to HEAD', get.replace('GET', 'HEAD'), ok, 200],
    ['the response lasts until the end', get, 'HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nok', 200],
    ['the response is HTTP/1.0', get, 'HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok', 200],
    ['a chunk is malformed', get, 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nokZZ\r\n', 200],
    ['the head is malformed', get, 'HTTP/1.1 200 OK\r\nX : y\r\nContent-Length: 0\r\n\r\n', 502],
    ['nobody asked for the switch', get, 'HTTP/1.1 101 X\r\nUpgrade: websocket\r\n\r\n', 502],
  ])('and not when %s', async (_name, sent, said, status) => {
    let isFirst = true;
    const rig = await startRig({
      onData: (_chunk, socket, connection) => {
        if (connection > 0) return false;
        if (isFirst) socket.write(said);
        isFirst = false;
        if (/Connection: close/.test(said)) socket.end();
        return true;
      },
    });
    const agent = await rig.line();
    agent.send(sent);
    expect((await agent.response(sent.slice(0, sent.indexOf(' '))))?.status).toBe(status);
    const again = await rig.ask({ path: '/again' });
    expect([again.status, again.body]).toEqual([200, 'ok']);
    expect(rig.service.requests.map(({ target, connection }) => [target, connection])).toEqual([
      ['/again', 1],
    ]);
    agent.socket.destroy();
    await vi.waitFor(async () => expect(await rig.auditSoFar()).toHaveLength(2));
  });
});

test('requests of one connection in every state end in their order: pipelined, denied, expecting, switching, CONNECT', async () => {
  const rig = await startRig();
  const agent = await rig.line();
  agent.send(
    [
      get,
      `POST /forbidden HTTP/1.1\r\n${host}Content-Length: 4\r\n\r\nGET `,
      `GET / HTTP/1.1\r\n${host}Upgrade: websocket\r\nConnection: upgrade\r\n\r\n`,
      `CONNECT api.example.com:443 HTTP/1.1\r\n${host}\r\n`,
      `POST /last HTTP/1.1\r\n${host}Expect: 100-continue\r\nContent-Length: 2\r\n\r\nhi`,
      get,
    ].join(''),
  );
  const statuses = [];
  for (let i = 0; i < 6; i += 1) statuses.push((await agent.response())?.status);
  expect(statuses).toEqual([200, 403, 403, 405, 200, 200]);
  expect(rig.service.requests.map(({ target }) => target)).toEqual(['/', '/last', '/']);
  await rig.audit(6);
});

test('a plain service that nobody claims is not used again after an unclean end either', async () => {
  const web = await startService(undefined, {
    answer: (_request, socket) => reply(socket, 'HTTP/1.1 200 OK\r\nContent-Length: 2', 'okextra'),
  });
  const overrides = new Map([['web.example.com', { address: '127.0.0.1', port: web.port }]]);
  const rig = await startRig({ sidecar: { egress: 'tunnel', overrides } });
  const agent = await rig.proxy();
  for (let i = 0; i < 2; i += 1) {
    agent.send('GET http://web.example.com/ HTTP/1.1\r\nHost: web.example.com\r\n\r\n');
    expect((await agent.response())?.body.toString()).toBe('ok');
  }
  expect(web.connections()).toBe(2);
  await rig.audit(2);
});
