import type { LocalResponse, Provider } from '@pai/core';
import { describe, expect, test } from 'vitest';
import { answered, attach } from './boxes.ts';

const url = 'http://169.254.169.254/box';

/** Answers at the address itself: `body` for what it knows. */
function metadata(name: string, known: string, change: Partial<Provider> = {}) {
  const answer = ({ path }: { path: string }): LocalResponse => ({
    status: path === known ? 200 : 404,
    headers: [],
    body: name,
  });
  const hosts = [{ host: '169.254.169.254', port: 80, isAnswered: true }];
  return attach({ name, powers: { hosts, answer, ...change } });
}

describe('an address that several Providers answer for', () => {
  test.each([
    ['/first', 200, 'first'],
    ['/second', 200, 'second'],
    ['/neither', 404, 'first'],
  ])('is asked for %s and answers %i, by %s', async (path, status, by) => {
    const both = [metadata('first', '/first'), metadata('second', '/second')];
    const { response, event } = await answered({ url: `http://169.254.169.254${path}` }, ...both);
    expect(response).toMatchObject({ status, body: by });
    expect(event).toMatchObject({ decision: 'answer', provider: by });
  });

  test('is answered by the one whose placeholder the request carries', async () => {
    const both = [metadata('first', '/box'), metadata('second', '/box')];
    const headers = { 'x-api-key': 'pai-placeholder-second' };
    expect((await answered({ url, headers }, ...both)).event.provider).toBe('second');
  });

  test('never hears of a Provider that would send it on', async () => {
    const sends = metadata('second', '/', { answer: () => undefined });
    const { response, event } = await answered({ url }, metadata('first', '/first'), sends);
    expect(response.status).toBe(403);
    expect(event).toMatchObject({ decision: 'refuse', rule: 'destination_forbidden' });
  });
});

test('a 404 that a Provider answers for a host of its service is the answer', async () => {
  const answer = () => ({ status: 404, headers: [], body: 'no' });
  const second = attach({ name: 'second' });
  const { response } = await answered({}, attach({ powers: { answer } }), second);
  expect(response.status).toBe(404);
});
