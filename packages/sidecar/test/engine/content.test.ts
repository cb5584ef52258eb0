import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test, vi } from 'vitest';
import { askH2, dial, openH2, secure } from './agent.ts';
import { type Rig, startRig, useRig } from './rig.ts';
import { reply } from './service.ts';

const host = 'Host: api.example.com\r\n';

async function h2Of({ sidecar }: Rig) {
  const socket = await dial(sidecar.addresses.listen[0]?.port ?? 0);
  const ca = sidecar.ca.certificatePem;
  return openH2(await secure(socket, { ca, servername: 'api.example.com', alpn: ['h2'] }));
}

describe('100-continue (F11)', () => {
  const rig = useRig();
  const expecting = (path: string) =>
    `POST ${path} HTTP/1.1\r\n${host}Expect: 100-continue\r\nContent-Length: 5\r\n\r\n`;

  test('a denied request is not asked for its content', async () => {
    const agent = await rig().line();
    agent.send(expecting('/forbidden'));
    expect(await agent.response()).toMatchObject({ status: 403, interim: [] });
    expect((await agent.rest()).length).toBe(0);
    await rig().audit(1);
  });

  test('an allowed one is, once, and the service gets the content without the expectation', async () => {
    const { line, service, audit } = rig();
    const agent = await line();
    agent.send(expecting('/'));
    await vi.waitFor(() => expect(service.received().length).toBeGreaterThan(0));
    agent.send('hello');
    expect(await agent.response()).toMatchObject({ status: 200, interim: [100] });
    expect(service.requests[0]?.body.toString()).toBe('hello');
    expect(service.received().toString()).not.toMatch(/expect/i);
    await audit(1);
  });

  test('a resolver that reads the content asks for it before the decision', async () => {
    const { line, service, audit } = rig();
    const agent = await line({ sni: 'api.github.com' });
    const body = '{"event":"APPROVE"}';
    agent.send(
      `POST /repos/myorg/repo-a/pulls/7/reviews HTTP/1.1\r\nHost: api.github.com\r\nExpect: 100-continue\r\nContent-Length: ${body.length}\r\n\r\n`,
    );
    await delay(50);
    agent.send(body);
    expect(await agent.response()).toMatchObject({ status: 403, interim: [100] });
    expect(service.received().length).toBe(0);
    const [event] = await audit(1);
    expect(event?.actions).toContain('pulls:approve');
  });

  test('by HTTP/2 too', async () => {
    const session = await h2Of(rig());
    const stream = session.request(
      { ':path': '/', ':method': 'POST', ':authority': 'api.example.com', expect: '100-continue' },
      { endStream: false },
    );
    await once(stream, 'continue');
    stream.end('hello');
    const [head] = await once(stream, 'response');
    expect(head[':status']).toBe(200);
    await rig().audit(1);
    expect(rig().service.requests[0]?.body.toString()).toBe('hello');
  });
});

describe('content that a resolver read ahead', () => {
  const rig = useRig();
  const path = '/repos/myorg/repo-a/pulls/7/reviews';
  const padding = ' '.repeat(400_000);
  const body = `{"event":"COMMENT","body":"x"}${padding}`;

  test.each(['length', 'chunked'] as const)('is sent on whole: h1 %s', async (kind) => {
    const { line, service, audit } = rig();
    const agent = await line({ sni: 'api.github.com' });
    const framing = kind === 'length' ? `Content-Length: ${body.length}` : 'Transfer-Encoding: chunked';
    agent.send(`POST ${path} HTTP/1.1\r\nHost: api.github.com\r\n${framing}\r\n\r\n`);
    const parts = [body.slice(0, 10), body.slice(10, 30_000), body.slice(30_000)];
    for (const part of parts)
      agent.send(kind === 'length' ? part : `${part.length.toString(16)}\r\n${part}\r\n`);
    if (kind === 'chunked') agent.send('0\r\n\r\n');
    expect((await agent.response())?.status).toBe(200);
    const [event] = await audit(1);
    expect(event?.bytes_in).toBe(body.length);
    expect(service.requests[0]?.body.toString() === body).toBe(true);
  });

  test.each([true, false])('is sent on whole: h2, with a length: %s', async (hasLength) => {
    const { service, audit } = rig();
    const socket = await dial(rig().sidecar.addresses.listen[0]?.port ?? 0);
    const ca = rig().sidecar.ca.certificatePem;
    const session = openH2(await secure(socket, { ca, servername: 'api.github.com', alpn: ['h2'] }));
    const headers = hasLength ? ([['content-length', String(body.length)]] as const) : [];
    expect((await askH2(session, 'api.github.com', { method: 'POST', path, body, headers })).status).toBe(
      200,
    );
    await audit(1);
    expect(service.requests[0]?.body.toString() === body).toBe(true);
  });

  test('over the limit is refused', async () => {
    const { ask, service, audit } = rig();
    const got = await ask({ sni: 'api.github.com', method: 'POST', path, body: ' '.repeat((1 << 20) + 1) });
    expect(got.status).toBe(403);
    await audit(1);
    expect(service.received().length).toBe(0);
  });

  test('is one refusal with one audit line when the agent leaves while it is read', async () => {
    const { line, service, audit } = rig();
    const agent = await line({ sni: 'api.github.com' });
    agent.send(`POST ${path} HTTP/1.1\r\nHost: api.github.com\r\nContent-Length: 100\r\n\r\n{"event":`);
    await delay(50);
    agent.socket.destroy();
    const [event] = await audit(1);
    expect(event).toMatchObject({ status: 0, error: 'agent_gone' });
    expect(service.received().length).toBe(0);
  });

  test('by HTTP/2, is not taken for whole when the stream is reset without an error', async () => {
    const { line, service, audit } = rig();
    const agent = await line({ sni: 'api.github.com', alpn: ['h2'] });
    agent.send(openingFrames('api.github.com', path));
    agent.send(frame('data', 0, '{"event":"COMMENT"}'));
    await delay(50);
    agent.send(frame('rst_stream', 0, '\0\0\0\0'));
    await audit(1);
    expect(service.received().length).toBe(0);
  });
});

test('a request by HTTP/2 that is reset without an error does not reach the service as a whole one', async () => {
  const { line, service, audit } = await startRig();
  const agent = await line({ alpn: ['h2'] });
  agent.send(openingFrames('api.example.com', '/'));
  agent.send(frame('data', 0, 'half'));
  await vi.waitFor(() => expect(service.received().toString()).toContain('half'));
  agent.send(frame('rst_stream', 0, '\0\0\0\0'));
  const [event] = await audit(1);
  expect(event).toMatchObject({ status: 0, error: 'agent_gone' });
  await vi.waitFor(() => expect(service.open()).toBe(0));
  expect(service.received().toString()).not.toContain('\r\n0\r\n\r\n');
  expect(service.requests).toEqual([]);
});

test.each([2, 7])(
  'a reset with code %i after the whole answer to a request by HTTP/2 is no failure',
  async (code) => {
    const { line, audit } = await startRig({
      onData(chunk, socket) {
        if (chunk.includes('half')) reply(socket, 'HTTP/1.1 200 OK\r\nContent-Length: 2', 'ok');
        return true;
      },
    });
    const agent = await line({ alpn: ['h2'] });
    const isEnded = once(agent.socket, 'data');
    agent.send(openingFrames('api.example.com', '/'));
    agent.send(frame('data', 0, 'half'));
    await isEnded;
    await delay(100);
    agent.send(frame('rst_stream', 0, `\0\0\0${String.fromCharCode(code)}`));
    const [event] = await audit(1);
    expect([event?.status, event?.error]).toEqual([200, undefined]);
  },
);

const frameTypes = { data: 0, headers: 1, rst_stream: 3, settings: 4 } as const;

/** A frame of stream 1, or of the connection for settings (RFC 9113 section 4.1). */
function frame(type: keyof typeof frameTypes, flags: number, payload: string): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head.set([frameTypes[type], flags], 3);
  head.writeUInt32BE(type === 'settings' ? 0 : 1, 5);
  return Buffer.concat([head, Buffer.from(payload, 'latin1')]);
}

/** The preface, settings, and a POST whose content is still to come. */
function openingFrames(authority: string, path: string): Buffer {
  const fields = { ':method': 'POST', ':scheme': 'https', ':authority': authority, ':path': path };
  const literal = (text: string) => String.fromCharCode(text.length) + text;
  const block = Object.entries(fields).map(([name, value]) => `\0${literal(name)}${literal(value)}`);
  const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
  return Buffer.concat([preface, frame('settings', 0, ''), frame('headers', 4, block.join(''))]);
}
