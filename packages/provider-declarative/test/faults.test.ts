import { expect, test } from 'vitest';
import { declareProvider, findTypeFaults, type ProviderTypeSpec } from '../src/index.ts';
import { tickets } from './tickets.ts';

type Route = ProviderTypeSpec['routes'][number];

function messagesOf(change: Partial<ProviderTypeSpec>): string[] {
  return findTypeFaults({ ...tickets, ...change }).map(
    ({ path, message }) => `${path.join('.')}: ${message}`,
  );
}

const get = (path: string, more: Partial<Route> = {}): Route => ({
  method: 'GET',
  path,
  action: 'read',
  ...more,
});

test('a type without a fault', () => {
  expect(findTypeFaults(tickets)).toEqual([]);
});

test.each<[string, Partial<ProviderTypeSpec>, string]>([
  ['hosts.1', { hosts: ['a.example', 'https://b.example'] }, 'b.example'],
  ['auth.0', { auth: [{ in: 'header' }] }, 'has no name'],
  ['auth.0', { auth: [{ in: 'header', name: 'Host' }] }, 'cannot hold a credential'],
  ['auth.0', { auth: [{ in: 'header', name: 'Transfer-Encoding' }] }, 'cannot hold a credential'],
  ['auth.0', { auth: [{ in: 'query', name: 'k', prefix: 'x' }] }, 'only a header has'],
  ['auth.0', { auth: [{ in: 'basic', name: 'k' }] }, 'no name and no prefix'],
  ['auth.0', { auth: [{ in: 'basic', user: 'u', userKey: 'k' }] }, 'keep one'],
  ['auth.0', { auth: [{ in: 'query', name: 'k', user: 'u' }] }, 'only basic has'],
  [
    'auth.1',
    {
      auth: [
        { in: 'header', name: 'K' },
        { in: 'header', name: 'k' },
      ],
    },
    'another one has',
  ],
  ['auth.1', { auth: [{ in: 'header', name: 'authorization' }, { in: 'basic' }] }, 'another one has'],
  ['routes.0.path', { routes: [get('/a/../b')] }, 'dot segment'],
  ['routes.0.path', { routes: [get('/a//b')] }, 'empty segment'],
  ['routes.0.path', { routes: [get('/a/{b+}/c')] }, 'at the end only'],
  ['routes.0.path', { routes: [get('/a/{b}/{b}')] }, 'twice'],
  ['routes.0.path', { routes: [get('/a/{b}x')] }, 'neither text nor'],
  ['routes.0.path', { routes: [get('/a/x{b}')] }, 'neither text nor'],
  ['routes.0.resource', { routes: [get('/a', { resource: 'a/{b}' })] }, 'neither in the path nor in from'],
  ['routes.0.resource', { routes: [get('/{b}', { resource: 'a/{b}}' })] }, 'not in a pair'],
  [
    'routes.0.from',
    { routes: [get('/{b}', { resource: '{b}', from: { b: { in: 'query', name: 'b' } } })] },
    'rename',
  ],
  [
    'routes.0.from',
    { routes: [get('/a', { from: { b: { in: 'query', name: 'b' } } })] },
    'no resource names',
  ],
  ['routes.1.path', { routes: [get('/a/{b}'), get('/A/{c}')] }, 'fit the same paths'],
  ['routes.1.path', { routes: [get('/a/{b}/c'), get('/a/x/{d}')] }, 'neither is the closer one'],
  ['routes.1.path', { routes: [get('/{a}/x.json'), get('/b/{c}')] }, 'neither is the closer one'],
  ['routes.1.path', { routes: [get('/a/{b+}'), get('/{c}/x')] }, 'neither is the closer one'],
  [
    'routes.1.path',
    { routes: [get('/a', { when: { in: 'query', name: 'm', is: 'x' } }), get('/a')] },
    'tell them apart',
  ],
  [
    'routes.1.path',
    {
      routes: [
        get('/a', { when: { in: 'query', name: 'm', is: 'x' } }),
        get('/a', { when: { in: 'query', name: 'n', is: 'x' } }),
      ],
    },
    'different places',
  ],
  [
    'routes.1.path',
    {
      routes: [
        get('/a', { when: { in: 'query', name: 'm', is: 'x' } }),
        get('/a', { when: { in: 'query', name: 'm', is: 'x' } }),
      ],
    },
    'their when is the same',
  ],
  ['denial.status', { denial: { status: 500, body: '{message}' } }, 'over 499'],
  ['denial.body', { denial: { body: { error: 'no' } } }, 'has no {message}'],
])('%s: %o', (place, change, why) => {
  expect(messagesOf(change)).toEqual([expect.stringMatching(new RegExp(`^${place}: `))]);
  expect(messagesOf(change)[0]).toContain(why);
  expect(() => declareProvider('tickets', { ...tickets, ...change })).toThrow('provider type tickets: ');
});

test('the closest of several routes is taken, whatever their order', () => {
  const routes = [get('/{a+}'), get('/a/{b}'), get('/a/{b}.json'), get('/a/b'), get('/a/{b}/c'), get('/{x}')];
  for (let i = 0; i < routes.length; i += 1) {
    routes.push(...routes.splice(0, 1));
    expect(messagesOf({ routes })).toEqual([]);
  }
});
