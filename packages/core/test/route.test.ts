import { expect, test } from 'vitest';
import { requestFor } from '../src/conformance.ts';
import { parseAuthority, parseHostPattern } from '../src/host.ts';
import { placeholderFor } from '../src/placeholder.ts';
import { createRouter, findByPlaceholder } from '../src/route.ts';

const claimant = (name: string, ...hosts: string[]) => ({
  name,
  provider: { hosts: hosts.map(parseHostPattern) },
});

const all = [
  claimant('wild', '*.example.com'),
  claimant('exact', 'api.example.com', 'www.example.com'),
  claimant('second', 'api.example.com'),
  claimant('port', 'api.example.com:8443'),
];
const claims = createRouter(all);
const namesFor = (authority: string) => claims(parseAuthority(authority, 443)).map(({ name }) => name);

test.each([
  ['api.example.com', ['exact', 'second']],
  ['API.example.com.', ['exact', 'second']],
  ['www.example.com', ['exact']],
  ['other.example.com', ['wild']],
  ['api.example.com:8443', ['port']],
  ['other.example.com:8443', []],
  ['example.com', []],
  ['a.b.example.com', []],
  ['api.example.com.evil.example', []],
])('%s is claimed by %j', (authority, names) => {
  expect(namesFor(authority)).toEqual(names);
  expect(namesFor(authority)).toEqual(names);
});

test('hosts that nobody claims are not remembered, so that asking for many costs nothing', () => {
  const one = createRouter([claimant('a', 'a.example')]);
  for (let i = 0; i < 2_000; i += 1) one({ host: `h${i}.example`, port: 443 });
  expect(one({ host: 'a.example', port: 443 })).toHaveLength(1);
});

test.each<[string, Parameters<typeof requestFor>[0], string | undefined]>([
  [
    'a bearer token',
    { url: '/x', headers: { authorization: `Bearer ${placeholderFor('second')}` } },
    'second',
  ],
  ['the query', { url: `/x?token=${placeholderFor('exact')}` }, 'exact'],
  ['the path', { url: `/bot${placeholderFor('exact')}/x` }, 'exact'],
  ['no place', { url: '/x', headers: { authorization: 'Bearer other' } }, undefined],
  ['a name nobody has', { url: '/x', headers: { authorization: placeholderFor('third') } }, undefined],
  ['a longer name', { url: '/x', headers: { authorization: placeholderFor('second-b') } }, undefined],
])('a placeholder in %s names its Provider', (_, request, name) => {
  const url = `https://api.example.com${request.url}`;
  expect(findByPlaceholder(all, requestFor({ ...request, url }))?.name).toBe(name);
});
