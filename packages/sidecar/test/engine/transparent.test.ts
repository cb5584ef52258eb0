import { describe, expect, test } from 'vitest';
import { askH1 } from './agent.ts';
import { useRig } from './rig.ts';

describe.each(['deny', 'tunnel'] as const)('the transparent door, with egress: %s', (egress) => {
  const rig = useRig({ sidecar: { egress } });

  test.each([
    ['HTTP', 'GET / HTTP/1.1\r\nHost: api.example.com\r\nAuthorization: Bearer pai-placeholder-api\r\n\r\n'],
    ['an absolute URL', 'GET https://api.example.com/ HTTP/1.1\r\nHost: api.example.com\r\n\r\n'],
    ['a CONNECT', 'CONNECT api.example.com:443 HTTP/1.1\r\nHost: api.example.com:443\r\n\r\n'],
    ['HTTP/2 in clear', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['another protocol', '\0\0\0\0'],
  ])('refuses %s in clear (A11)', async (_name, bytes) => {
    const { bare, service, audit, expectNoCanary } = rig();
    const line = await bare('transparent');
    line.send(bytes);
    const response = await line.response();
    expect(response?.status).toBe(403);
    expect(response?.body.toString()).toContain('request https:// instead');
    const [event] = await audit(1);
    expect(event).toMatchObject({ decision: 'refuse', rule: 'plain_http_refused', status: 403 });
    expect(await line.rest()).toEqual(Buffer.alloc(0));
    expect(service.connections()).toBe(0);
    await expectNoCanary(response?.body.toString());
  });

  test('records nothing of a connection that says nothing', async () => {
    const { bare, auditSoFar } = rig();
    const before = (await auditSoFar()).length;
    const line = await bare('transparent');
    line.socket.end();
    await line.rest();
    expect((await auditSoFar()).length).toBe(before);
  });

  test('answers a connection that names no host with 421 (A10)', async () => {
    const { line, audit, service } = rig();
    const got = await askH1(await line({ sni: undefined, door: 'transparent' }), 'api.example.com', {});
    expect(got.status).toBe(421);
    const [event] = await audit(1);
    expect(event).toMatchObject({ rule: 'misdirected_request', host: '' });
    expect(service.connections()).toBe(0);
  });

  test('means port 443, whatever port it listens on itself', async () => {
    const { line, audit, sidecar } = rig();
    const own = `api.example.com:${sidecar.addresses.transparent[0]?.port}`;
    const statuses: number[] = [];
    for (const authority of ['api.example.com', 'api.example.com:443', own, 'api.example.com:8443']) {
      const got = await askH1(await line({ door: 'transparent' }), authority, {});
      statuses.push(got.status);
    }
    expect(statuses).toEqual([200, 200, 421, 421]);
    await audit(4);
  });
});

describe('the transparent door, with egress: deny', () => {
  const rig = useRig();
  test('tells an agent that nobody claims its host', async () => {
    const { line, audit, service } = rig();
    const sni = 'other.example.com';
    const got = await askH1(await line({ sni, door: 'transparent' }), sni, {});
    expect(got.status).toBe(421);
    expect(got.body).toContain('no attached Provider claims other.example.com');
    const [event] = await audit(1);
    expect(event).toMatchObject({ decision: 'refuse', rule: 'misdirected_request', host: sni });
    expect(service.connections()).toBe(0);
  });
});
