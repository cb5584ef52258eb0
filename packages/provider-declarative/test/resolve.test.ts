import { resolveRequest } from '@pai/core';
import { type RequestText, requestFor } from '@pai/core/conformance';
import { expect, test } from 'vitest';
import { declareProvider } from '../src/index.ts';
import { tickets } from './tickets.ts';

const provider = declareProvider('tickets', tickets).create(
  { type: 'tickets', auth: { secretRef: 'tickets' } },
  {
    name: 'mine',
    secrets: { read: () => undefined as never, derive: () => undefined as never },
    fetch,
    signal: new AbortController().signal,
    now: Date.now,
    log: () => {},
  },
);

/** `ACTION RESOURCE` of each action, or why there is none. */
async function read(line: string, more: Omit<RequestText, 'url' | 'method'> = {}) {
  const [method = '', target = ''] = line.split(' ');
  const url = `https://api.tickets.example/v2${target}`;
  const resolution = await resolveRequest(provider, requestFor({ method, url, ...more }));
  if ('unresolved' in resolution) return resolution.unresolved;
  return resolution.actions.map(({ name, resource, reach }) => `${name} ${resource ?? reach}`).join(', ');
}

const post = (body: string, type = 'application/json') => ({ headers: { 'content-type': type }, body });

test.each([
  ['a verb behind an escaped colon (K6)', 'POST /tickets/7%3aclose', {}, 'tickets:close ticket/7'],
  [
    'a value that is not there can be any',
    'POST /tickets',
    post('{}'),
    'tickets:create any, tickets:assign any',
  ],
  ['null is not there', 'POST /tickets', post('{"project":null}'), 'tickets:create any, tickets:assign any'],
  [
    'an empty list is nobody in particular',
    'POST /tickets',
    post('{"project":{"id":1},"assignees":[]}'),
    'tickets:create project/1, tickets:assign any',
  ],
  [
    'a slash in a value parts nothing (P7)',
    'POST /tickets',
    post('{"project":{"id":"a/b"}}'),
    'tickets:create project/a%2Fb, tickets:assign any',
  ],
  [
    'braces in a value are text',
    'POST /tickets',
    post('{"project":{"id":"{user}"},"assignees":["x"]}'),
    'tickets:create project/{user}, tickets:assign user/x',
  ],
  [
    'a value in the query is not one in the content',
    'POST /tickets?assignees=x',
    post('{}'),
    'tickets:create any, tickets:assign any',
  ],
  [
    'a number that no double holds',
    'POST /tickets',
    post('{"project":{"id":12345678901234567890}}'),
    'tickets:create project/12345678901234567890, tickets:assign any',
  ],
  ['a query parameter twice alike', 'GET /search?project=a&project=a', {}, 'tickets:search project/a'],
  ['an ending that changes nothing', 'GET /projects/v1.2', {}, 'projects:read project/v1.2'],
  ['a list that no route looks at', 'POST /tickets/7:close', post('[1]'), 'tickets:close ticket/7'],
  [
    'content of a kind that has no parameters',
    'POST /tickets/7:close',
    post('x', 'image/png'),
    'tickets:close ticket/7',
  ],
  ['a form', 'POST /rpc', post('method=addTag', 'application/x-www-form-urlencoded'), 'tags:add any'],
])('%s', async (_title, line, more, expected) => {
  expect(await read(line, more)).toBe(expected);
});

test.each([
  [
    'a JSON key twice',
    'POST /tickets',
    post('{"project":{"id":"a"},"project":{"id":"b"}}'),
    'repeats the key',
  ],
  ['an inner JSON key twice', 'POST /tickets', post('{"project":{"id":"a","id":"b"}}'), 'repeats the key'],
  [
    'an inner key in two spellings',
    'POST /tickets',
    post('{"project":{"id":"a","ID":"b"}}'),
    'can be taken for',
  ],
  [
    'a key in two spellings',
    'POST /tickets',
    post('{"project":{"id":"a"},"Project":{"id":"b"}}'),
    'can be taken for',
  ],
  [
    'a member with a dot beside it',
    'POST /tickets',
    post('{"project":{"id":"a"},"project.id":"b"}'),
    'can be taken for',
  ],
  [
    'a member with a dot in the query',
    'POST /tickets?project.id=b',
    post('{"project":{"id":"a"}}'),
    'can be taken for',
  ],
  ['a query parameter with two values', 'GET /search?project=a&project=b', {}, 'different values'],
  ['a query parameter in brackets', 'GET /search?project[]=b', {}, 'can be taken for'],
  ['a value in both places', 'POST /rpc?method=addTag', post('{"method":"purge"}'), 'different values'],
  [
    'an object for a value',
    'POST /tickets',
    post('{"project":{"id":{"$ne":"a"}}}'),
    'neither text nor a number',
  ],
  ['a list for its parent', 'POST /tickets', post('{"project":[{"id":"a"}]}'), 'not in a JSON object'],
  ['an escaped slash in a value', 'POST /tickets', post('{"project":{"id":"a%2fb"}}'), 'an escaped slash'],
  ['an empty value', 'POST /tickets', post('{"project":{"id":""}}'), 'is empty'],
  ['a line break in a value', 'POST /tickets', post('{"project":{"id":"a\\nb"}}'), 'control character'],
  [
    '_method in a form',
    'POST /rpc',
    post('method=addTag&_method=DELETE', 'application/x-www-form-urlencoded'),
    '_method',
  ],
  [
    '_method in a form that no route looks at',
    'POST /tickets/7:close',
    post('_method=DELETE', 'application/x-www-form-urlencoded'),
    '_method',
  ],
  ['_method in the query', 'GET /projects?_method=DELETE', {}, '_method'],
  [
    'another method in a header',
    'GET /projects',
    { headers: { 'x-http-method-override': 'DELETE' } },
    'another method',
  ],
  ['dot segments (P1, P2)', 'GET /projects/x/%2e%2e/mine', {}, 'dot segment'],
  ['an empty segment', 'GET //projects', {}, 'empty segment'],
  ['a doubled escape (P6)', 'GET /projects/%252e%252e', {}, 'doubly encoded'],
  [
    'content of another kind',
    'POST /rpc',
    post('<method>purge</method>', 'application/xml'),
    'cannot be judged',
  ],
  [
    'compressed content of another kind (R12)',
    'POST /rpc',
    { headers: { 'content-type': 'application/json', 'content-encoding': 'br' }, body: 'x' },
    'cannot be judged',
  ],
  ['a method of no route', 'PATCH /projects/a', {}, 'is in no route of type tickets; add one'],
  ['a path that is longer', 'GET /projects/a/b', {}, 'is in no route'],
  ['an ending alone', 'POST /tickets/:close', {}, 'is in no route'],
  ['a parameter that is cut off (X-Java)', 'GET /projects/mine;x', {}, 'a semicolon in its path'],
  ['the same, escaped', 'GET /projects/mine%3Bx', {}, 'a semicolon in its path'],
  ['a segment that many servers part (WSGI)', 'GET /projects/a%2Ftickets', {}, 'only {name:slash} takes'],
  ['the same in what is left', 'GET /files/docs%2Fa', {}, 'only {name:slash} takes'],
  ['a name that another case makes a value', 'GET /projects/MINE', {}, 'that tell case apart'],
  ['a name with the format that is wanted (Rails)', 'GET /projects/mine.json', {}, 'its ending as a format'],
  ['a value behind a semicolon', 'GET /search?q=1;project=b&project=a', {}, 'different values'],
  [
    'a value behind a semicolon in a form',
    'POST /rpc',
    post('x=1;method=purge&method=addTag', 'application/x-www-form-urlencoded'),
    'different values',
  ],
  [
    'a value in the content of a query’s route',
    'GET /search?project=a',
    post('{"project":"b"}'),
    'different',
  ],
  [
    '_method in a multipart form',
    'POST /tickets/7:close',
    post(
      '--b\r\ncontent-disposition: form-data; name="_method"\r\n\r\nDELETE\r\n--b--\r\n',
      'multipart/form-data; boundary=b',
    ),
    '_method',
  ],
  ['_method in JSON', 'POST /tickets/7:close', post('{"_method":"DELETE"}'), '_method'],
  [
    '_method in JSON of an API’s own type',
    'POST /tickets/7:close',
    post('{"\\u005fmethod":"DELETE"}', 'application/vnd.api+json'),
    '_method',
  ],
  [
    '_method in a form, as PHP reads it',
    'POST /tickets/7:close',
    post('.method=DELETE', 'application/x-www-form-urlencoded'),
    '_method',
  ],
  [
    '_method in a form, behind a semicolon',
    'POST /tickets/7:close',
    post('x=1;_method=DELETE', 'application/x-www-form-urlencoded'),
    '_method',
  ],
  [
    '_method in a form behind another type',
    'POST /tickets/7:close',
    {
      headers: ['content-type', 'text/plain', 'content-type', 'application/x-www-form-urlencoded'],
      body: '_method=DELETE',
    },
    '2 content-types',
  ],
  ['_method in content of no type', 'POST /tickets/7:close', { body: '_method=DELETE' }, '0 content-types'],
  ['too many values', 'POST /tickets', post(`{"assignees":[${'1,'.repeat(1_000)}1]}`), 'over 1000'],
])('%s is not read', async (_title, line, more, why) => {
  expect(await read(line, more)).toContain(why);
});
