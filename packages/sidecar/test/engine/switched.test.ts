import { once } from 'node:events';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test, vi } from 'vitest';
import { httpProvider, type Rig, type RigOptions, startRig } from './rig.ts';
import { reply } from './service.ts';
import { accepted, type Ear, listenTo, switching, switchOver } from './switching.ts';

/** A rig whose service switches, with `behind` right behind its answer. */
async function startSwitching(options: RigOptions = {}, behind = '') {
  const services: Socket[] = [];
  const ears: Ear[] = [];
  const rig = await startRig({
    providers: [switching],
    answer: (_request, socket) => {
      socket.removeAllListeners('data');
      ears.push(listenTo(socket));
      services.push(socket);
      reply(socket, accepted.trimEnd(), behind);
    },
    ...options,
  });
  const service = async (i = 0) => {
    await vi.waitFor(() => expect(services.length).toBeGreaterThan(i));
    return { socket: services[i] as Socket, ear: ears[i] as Ear };
  };
  return { rig, service };
}

/** Its requests to /graphql are judged by their content. */
const graphs = `apiVersion: pai.io/v1
kind: Provider
metadata: {name: graphs}
spec:
  type: github
  auth: {type: pat, secretRef: github-pat}
  policy: {allow: ["*"], deny: []}
`;

/** A reader that was full is fed slowly at first. */
const patience = { timeout: 15_000, interval: 20 };
const piece = Buffer.alloc(64 << 10, 'x');

/** Writes as long as the peer takes it, `most` bytes at most; gives how much was written when it stopped. */
async function fill(socket: Duplex, most: number) {
  let written = 0;
  for (let isFull = false; written < most && !isFull; written += piece.length) {
    if (socket.write(piece)) continue;
    isFull = await Promise.race([once(socket, 'drain').then(() => false), delay(500).then(() => true)]);
  }
  return written;
}

describe('a connection that switched', () => {
  test('carries what came right behind the handshake, both ways, and counts it', async () => {
    const { rig, service } = await startSwitching({}, 'welcome');
    const agent = await rig.line();
    const ear = await switchOver(agent, 'early');
    const { ear: heard } = await service();
    await heard.hears('early');
    await ear.hears('welcome');
    agent.send('more');
    await heard.hears('earlymore');
    agent.socket.end();
    const [event] = await rig.audit(1);
    expect(event).toMatchObject({ status: 101, decision: 'allow', bytes_in: 9, bytes_out: 7 });
    expect(event?.error).toBeUndefined();
    await vi.waitFor(() => expect(rig.service.open()).toBe(0));
    await rig.expectNoCanary(ear.text());
  });

  test('ends at the service when the agent leaves, politely or not', async () => {
    const { rig, service } = await startSwitching();
    for (const [i, leave] of ['end', 'destroy'].entries()) {
      const agent = await rig.line();
      await switchOver(agent);
      const { ear } = await service(i);
      agent.send('last words');
      await ear.hears('last words');
      if (leave === 'end') agent.socket.end();
      else agent.socket.destroy();
      expect(await rig.audit(1)).toMatchObject([{ status: 101, bytes_in: 10 }]);
      await vi.waitFor(() => expect(rig.service.open()).toBe(0));
    }
    expect((await rig.admin('/metrics')).text).toContain('pai_requests_active 0\n');
  });

  test.each(['end', 'destroy'] as const)('ends at the agent when the service leaves: %s', async (leave) => {
    const { rig, service } = await startSwitching();
    const agent = await rig.line();
    const ear = await switchOver(agent);
    const { socket } = await service();
    socket.write('last words');
    await ear.hears('last words');
    socket[leave]();
    await vi.waitFor(() => expect(agent.isClosed()).toBe(true));
    expect(await rig.audit(1)).toMatchObject([{ status: 101, bytes_out: 10 }]);
  });

  test('loses nothing when the service ends while the agent still reads slowly', async () => {
    const { rig, service } = await startSwitching();
    const agent = await rig.line();
    const ear = await switchOver(agent);
    const head = ear.length();
    const { socket } = await service();
    agent.socket.pause();
    const total = 3 << 20;
    socket.end(Buffer.alloc(total, 'x'));
    await delay(300);
    agent.socket.resume();
    await vi.waitFor(() => expect(ear.hasEnded()).toBe(true), patience);
    expect(ear.length() - head).toBe(total);
    expect(await rig.audit(1)).toMatchObject([{ bytes_out: total }]);
  });

  test('loses nothing when the agent ends while the service still reads slowly', async () => {
    const { rig, service } = await startSwitching();
    const agent = await rig.line();
    await switchOver(agent);
    const { socket, ear } = await service();
    socket.pause();
    const total = 3 << 20;
    agent.socket.end(Buffer.alloc(total, 'x'));
    await delay(300);
    socket.resume();
    await vi.waitFor(() => expect(ear.hasEnded()).toBe(true), patience);
    expect(ear.length()).toBe(total);
    expect(await rig.audit(1)).toMatchObject([{ bytes_in: total }]);
  });

  test.each(['agent', 'service'] as const)('stops the other side while the %s takes nothing', async (who) => {
    const { rig, service } = await startSwitching();
    const agent = await rig.line();
    const ear = await switchOver(agent);
    const head = ear.length();
    const { socket, ear: heard } = await service();
    const [slow, fast] = who === 'agent' ? [agent.socket, socket] : [socket, agent.socket];
    slow.pause();
    const written = await fill(fast, 128 << 20);
    expect(written).toBeLessThan(64 << 20);
    slow.resume();
    const length = () => (who === 'agent' ? ear.length() - head : heard.length());
    await vi.waitFor(() => expect(length()).toBeGreaterThan(1 << 20), patience);
    agent.socket.destroy();
    await rig.audit(1);
  });

  test('is closed when nothing moves for its deadline, and not before', async () => {
    const { rig, service } = await startSwitching({ sidecar: { idleDeadline: 400 } });
    const agent = await rig.line();
    await switchOver(agent);
    const { socket } = await service();
    for (let i = 0; i < 8; i += 1) {
      socket.write('.');
      await delay(100);
    }
    expect(agent.isClosed()).toBe(false);
    await vi.waitFor(() => expect(agent.isClosed()).toBe(true));
    await vi.waitFor(() => expect(rig.service.open()).toBe(0));
    expect(await rig.audit(1)).toMatchObject([{ status: 101, bytes_out: 8 }]);
  });

  test('is cut off when the sidecar stops, and recorded', async () => {
    const { rig } = await startSwitching();
    const agent = await rig.line();
    await switchOver(agent);
    await rig.sidecar.close(50);
    await vi.waitFor(() => expect(agent.isClosed()).toBe(true));
    expect(await rig.audit(1)).toMatchObject([{ status: 101 }]);
  });
});

describe('a change of the configuration while something is open (L2)', () => {
  const stream = 'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n';
  const listen = async (rig: Rig, sni: string) => {
    const line = await rig.line({ sni });
    const ear = listenTo(line.socket);
    line.send(`GET /events HTTP/1.1\r\nHost: ${sni}\r\n\r\n`);
    await ear.hears('data: 1');
    return line;
  };
  const open = async (detachDelay: number) => {
    const made = await startSwitching({
      providers: [switching, httpProvider('two')],
      hosts: ['two.example.com'],
      sidecar: { detachDelay },
      answer: (request, socket) => {
        if (request.target === '/events') return void socket.write(stream);
        return reply(socket, accepted.trimEnd(), '');
      },
    });
    const { rig } = made;
    const chat = await rig.line();
    await switchOver(chat);
    const events = await listen(rig, 'api.example.com');
    return { rig, chat, events, others: await listen(rig, 'two.example.com') };
  };
  const within = { interval: 20 };

  test.each([
    ['the Provider is deleted', (rig: Rig) => rig.remove('api')],
    ['its policy denies them', (rig: Rig) => rig.apply(switching.replace('"/forbidden"', '"/**"'))],
  ])('ends WebSockets and event streams when %s, and nothing of others', async (_name, change) => {
    const { rig, chat, events, others } = await open(100);
    await change(rig);
    await vi.waitFor(
      () => expect([chat, events].map((line) => line.isClosed())).toEqual([true, true]),
      within,
    );
    const lines = await rig.audit(2);
    for (const event of lines) {
      expect(event).toMatchObject({ decision: 'allow', error: 'provider_detached' });
      expect(event.reason).toContain('api was detached, or allows this request no longer');
    }
    expect(lines.map(({ status }) => status).sort()).toEqual([101, 200]);
    expect(others.isClosed()).toBe(false);
    others.socket.destroy();
    await rig.audit(1);
  });

  test('ends what its Provider denies now, though another of the host would allow it', async () => {
    const others = httpProvider('other', '', 'api.example.com');
    const rig = await startRig({
      providers: [httpProvider('api'), others],
      sidecar: { detachDelay: 100 },
      answer: (_, socket) => void socket.write(stream),
    });
    const events = await listen(rig, 'api.example.com');
    await rig.apply(httpProvider('api').replace('"/forbidden"', '"/**"'), others);
    await vi.waitFor(() => expect(events.isClosed()).toBe(true), within);
    expect(await rig.audit(1)).toMatchObject([{ provider: 'api', error: 'provider_detached' }]);
  });

  test('leaves what its Provider still allows, though another of the host comes first now', async () => {
    const begun = httpProvider('begun', '', 'api.example.com');
    const rig = await startRig({
      providers: [begun, httpProvider('two')],
      hosts: ['two.example.com'],
      sidecar: { detachDelay: 100 },
      answer: (_, socket) => void socket.write(stream),
    });
    const [events, others] = await Promise.all([
      listen(rig, 'api.example.com'),
      listen(rig, 'two.example.com'),
    ]);
    await rig.apply(begun, httpProvider('ahead', '', 'api.example.com'));
    await rig.remove('two');
    await vi.waitFor(() => expect(others.isClosed()).toBe(true), within);
    await rig.audit(1);
    const next = await listen(rig, 'api.example.com');
    next.socket.destroy();
    expect(await rig.audit(1)).toMatchObject([{ provider: 'ahead' }]);
    expect(events.isClosed()).toBe(false);
  });

  test('ends a WebSocket when the Provider allows no switch any more, and leaves the event stream', async () => {
    const { rig, chat, events } = await open(100);
    await rig.apply(httpProvider('api'));
    await vi.waitFor(() => expect(chat.isClosed()).toBe(true), within);
    expect(await rig.audit(1)).toMatchObject([{ status: 101, error: 'provider_detached' }]);
    expect(events.isClosed()).toBe(false);
  });

  test('ends nothing that is still allowed, nor before the delay has passed', async () => {
    const { rig, chat, events } = await open(1_000);
    await rig.apply(switching.replace('"/forbidden"', '"/other"'));
    await vi.waitFor(() => expect(rig.logs.join('\n')).toContain('configuration 2'), within);
    await rig.remove('api');
    await vi.waitFor(() => expect(rig.logs.join('\n')).toContain('configuration 3'), within);
    expect([chat, events].map((line) => line.isClosed())).toEqual([false, false]);
    await rig.apply(switching);
    await vi.waitFor(() => expect(rig.logs.join('\n')).toContain('configuration 4'), within);
    await delay(1_500);
    expect([chat, events].map((line) => line.isClosed())).toEqual([false, false]);
  });

  test.each([
    ['is not sent on when its Provider is gone', (rig: Rig) => rig.remove('graphs'), 0],
    ['goes on when that still allows it', (rig: Rig) => rig.apply(graphs.replace('[]', '["admin:*"]')), 1],
  ])('a request that is judged for longer than the delay %s', async (_name, change, sent) => {
    const providers = [httpProvider('two'), graphs];
    const rig = await startRig({ providers, sidecar: { detachDelay: 100 } });
    const body = JSON.stringify({ query: 'query { viewer { login } }' });
    const agent = await rig.line({ sni: 'api.github.com' });
    const head = `POST /graphql HTTP/1.1\r\nHost: api.github.com\r\nContent-Length: ${body.length}\r\n`;
    agent.send(`${head}Content-Type: application/json\r\n\r\n${body.slice(0, 9)}`);
    await vi.waitFor(async () =>
      expect((await rig.admin('/metrics')).text).toContain('pai_requests_active 1'),
    );
    await change(rig);
    await vi.waitFor(() => expect(rig.logs.join('\n')).toContain('configuration 2'), within);
    await delay(300);
    agent.send(body.slice(9));
    expect((await agent.response())?.status).toBe(sent === 0 ? undefined : 200);
    expect(rig.service.requests).toHaveLength(sent);
    const [event] = await rig.audit(1);
    expect(event?.error).toBe(sent === 0 ? 'provider_detached' : undefined);
  });
});
