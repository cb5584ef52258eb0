import Value from 'typebox/value';
import { describe, expect, test } from 'vitest';
import { findTypeFaults, fromOpenapi, providerTypeSpec } from '../src/index.ts';

const operation = (operationId: string, more: object = {}) => ({ operationId, responses: {}, ...more });
const inPath = (name: string, type = 'string') => ({ name, in: 'path', required: true, schema: { type } });

const library = {
  openapi: '3.1.0',
  info: { title: 'Library', version: '1' },
  servers: [{ url: 'https://{region}.library.example/v3/', variables: { region: { default: 'eu' } } }],
  security: [{ key: [], app: [] }],
  components: {
    securitySchemes: {
      key: { type: 'apiKey', in: 'header', name: 'Library-Key' },
      app: { type: 'apiKey', in: 'query', name: 'app' },
      'basic auth': { type: 'http', scheme: 'basic' },
    },
    parameters: { Book: inPath('book-id', 'integer') },
    pathItems: { Shelf: { get: operation('shelf') } },
  },
  paths: {
    '/books': { get: operation('listBooks'), post: operation('addBook') },
    '/books/{book-id}': {
      parameters: [{ $ref: '#/components/parameters/Book' }],
      get: operation('getBook'),
      delete: operation('removeBook'),
    },
    '/books/{book-id}.pdf': { get: operation('printBook', { parameters: [inPath('book-id')] }) },
    '/books/search': { get: operation('findBooks') },
    '/books/{book-id}/pages/{page}': { get: operation('getPage') },
    '/shelf': { $ref: '#/components/pathItems/Shelf' },
    '/files/{path}': {
      get: operation('getFile', { parameters: [{ ...inPath('path'), 'x-multi-segment': true }] }),
    },
  },
};

function change(more: object) {
  return fromOpenapi({ ...library, ...more });
}

describe('a document of OpenAPI 3.1', () => {
  test('becomes a type without a fault', () => {
    const { spec, notes } = fromOpenapi(library);
    expect(findTypeFaults(spec)).toEqual([]);
    expect(notes).toEqual([]);
    expect(spec).toEqual({
      description: 'Library',
      hosts: ['eu.library.example'],
      basePath: '/v3',
      auth: [
        { in: 'header', name: 'Library-Key', secretKey: 'key' },
        { in: 'query', name: 'app', secretKey: 'app' },
      ],
      routes: [
        { method: 'GET', path: '/books', action: 'listBooks' },
        { method: 'POST', path: '/books', action: 'addBook' },
        { method: 'GET', path: '/books/{book-id:int}', action: 'getBook', resource: 'books/{book-id}' },
        { method: 'DELETE', path: '/books/{book-id:int}', action: 'removeBook', resource: 'books/{book-id}' },
        { method: 'GET', path: '/books/{book-id}.pdf', action: 'printBook', resource: 'books/{book-id}' },
        { method: 'GET', path: '/books/search', action: 'findBooks' },
        {
          method: 'GET',
          path: '/books/{book-id}/pages/{page}',
          action: 'getPage',
          resource: 'books/{book-id}/pages/{page}',
        },
        { method: 'GET', path: '/shelf', action: 'shelf' },
        { method: 'GET', path: '/files/{path+}', action: 'getFile', resource: 'files/{path}' },
      ],
    });
  });

  test('has its actions named by paths where it is told to, or where ids are missing', () => {
    const named = fromOpenapi(library, { naming: 'path' }).spec.routes.map(({ action }) => action);
    expect(named).toEqual([
      'books:list',
      'books:create',
      'books:read',
      'books:delete',
      'books:read',
      'books.search:list',
      'books.pages:read',
      'shelf:list',
      'files:read',
    ]);
    const paths = { '/a': { get: {} }, '/b/{c}:undo': { post: {} } };
    expect(change({ paths }).spec.routes.map(({ action }) => action)).toEqual(['a:list', 'b:undo']);
  });

  test.each([
    [{ key: [] }, [{ in: 'header', name: 'Library-Key' }]],
    [{ 'basic auth': [] }, [{ in: 'basic', userKey: 'user', secretKey: 'password' }]],
  ])('with the security %o has its credential at %o', (requirement, auth) => {
    expect(change({ security: [{}, requirement] }).spec.auth).toEqual(auth);
  });

  test('tells terminals nothing of its own', () => {
    const odd = { '/a\u001b[31m\nb': { get: {} }, '/c': { $ref: '#/\u001b[2J' }, '/d': { get: {} } };
    const { notes } = change({ paths: odd });
    expect(notes).toHaveLength(2);
    expect(notes.join()).not.toMatch(/\p{C}/u);
    expect(() => fromOpenapi({ openapi: '\u001b[2J' })).toThrow(/^[^\p{C}]+$/u);
  });

  test('that says of no credential gets a bearer token, and a note', () => {
    const { spec, notes } = change({ security: [], components: {}, paths: { '/a': { get: {} } } });
    expect(spec.auth).toEqual([{ in: 'header', name: 'Authorization', prefix: 'Bearer ' }]);
    expect(notes.join()).toContain('a bearer token is assumed');
  });

  test.each([
    ['/a/{b}...{c}', { get: {} }, 'is neither text nor'],
    ['/a?b=c', { get: {} }, 'a query'],
    ['/a/../b', { get: {} }, 'dot segment'],
    ['/a', { servers: [{ url: 'https://other.example' }], get: {} }, 'at another server'],
    ['/a', { get: { servers: [{ url: 'https://other.example' }] } }, 'at another server'],
    ['/a', { $ref: 'other.yaml#/a' }, 'leads out of the document'],
    ['/a', { $ref: '#/paths/~1a' }, 'leads round'],
    ['/a', { $ref: '#/nowhere' }, 'leads nowhere'],
    ['/{x}/c', { get: {} }, 'fit some of the same paths'],
  ])('leaves %s out, and says so', (path, item, why) => {
    const { spec, notes } = change({ paths: { '/kept': { get: {} }, '/b/{y}': { get: {} }, [path]: item } });
    expect(spec.routes.map((route) => route.path)).not.toContain(path);
    expect(spec.routes.map((route) => route.path)).toContain('/kept');
    expect(notes.join()).toContain(why);
    expect(findTypeFaults(spec)).toEqual([]);
  });

  test('says which operations have a method that no route has', () => {
    const item = { get: {}, options: {}, query: {}, additionalOperations: { COPY: {} } };
    const { spec, notes } = change({ paths: { '/a': item, '/b': { get: {}, options: {} } } });
    expect(spec.routes.map((route) => route.method)).toEqual(['GET', 'GET']);
    expect(notes).toContain('4 operations are left out: no route has the methods OPTIONS, QUERY, COPY');
  });

  test.each([
    [{ openapi: '4.0.0' }, 'its version is 4.0.0'],
    [{ servers: [] }, 'it names no server'],
    [{ servers: [{ url: '/v3' }] }, '/v3 is no https URL of a server; name it: --server'],
    [{ servers: [{ url: 'http://library.example' }] }, 'no https URL'],
    [{ paths: {} }, 'no operation'],
  ])('with %o is refused in a sentence', (more, why) => {
    expect(() => change(more)).toThrow(why);
  });

  test.each([
    [{ type: 'http', scheme: 'digest' }],
    [{ type: 'mutualTLS' }],
    [{ type: 'apiKey', in: 'header', name: 'X Key' }],
    [{ type: 'apiKey', in: 'header', name: 'Host' }],
    [{ type: 'apiKey', in: 'query', name: 'auth[key]' }],
  ])('with a credential that has no place, %o, is a start that can be applied', (scheme) => {
    const { spec, notes } = change({ components: { securitySchemes: { s: scheme } }, security: [{ s: [] }] });
    expect(spec.auth).toEqual([{ in: 'header', name: 'Authorization', prefix: 'Bearer ' }]);
    expect(notes.join()).toContain('the security scheme s is of a kind that has no place here');
    expect(Value.Check(providerTypeSpec, spec)).toBe(true);
    expect(findTypeFaults(spec)).toEqual([]);
  });

  test('with two credentials for one place has the first', () => {
    const securitySchemes = { a: { type: 'http', scheme: 'bearer' }, b: { type: 'http', scheme: 'basic' } };
    const { spec } = change({ components: { securitySchemes }, security: [{ a: [], b: [] }] });
    expect(spec.auth).toEqual([{ in: 'header', name: 'Authorization', prefix: 'Bearer ', secretKey: 'a' }]);
    expect(findTypeFaults(spec)).toEqual([]);
  });

  test('with a $ref that is no UTF-8 is refused in a sentence', () => {
    expect(() =>
      change({ components: { securitySchemes: { s: { $ref: '#/%ff' } } }, security: [{ s: [] }] }),
    ).toThrow('leads nowhere');
  });

  test('takes another server', () => {
    const { spec } = fromOpenapi({ ...library, servers: [] }, { server: 'https://my.example:8443/x' });
    expect(spec).toMatchObject({ hosts: ['my.example:8443'], basePath: '/x' });
  });

  test.each([[null], [[]], ['text'], [{}], [{ openapi: '3.0.0', paths: { '/a': null }, servers: 'x' }]])(
    '%o is no document',
    (value) => {
      expect(() => fromOpenapi(value)).toThrow(expect.objectContaining({ code: 'config_invalid' }));
    },
  );
});

test('a document of Swagger 2.0 becomes a type', () => {
  const { spec, notes } = fromOpenapi({
    swagger: '2.0',
    info: { title: 'Old' },
    host: 'old.example',
    basePath: '/api',
    schemes: ['http', 'https'],
    securityDefinitions: { login: { type: 'oauth2', flow: 'accessCode' } },
    paths: {
      '/things/{id}': {
        parameters: [{ name: 'id', in: 'path', type: 'integer' }],
        get: { operationId: 'things get', security: [{ login: [] }] },
      },
    },
  });
  expect(spec).toEqual({
    description: 'Old',
    hosts: ['old.example'],
    basePath: '/api',
    auth: [{ in: 'header', name: 'Authorization', prefix: 'Bearer ' }],
    routes: [{ method: 'GET', path: '/things/{id:int}', action: 'things-get', resource: 'things/{id}' }],
  });
  expect(notes).toEqual(['1 servers are left out: not https, or with another base path']);
});

test('a base path of Swagger 2.0 without its slash is no part of the host', () => {
  const { spec } = fromOpenapi({
    swagger: '2.0',
    host: 'old.example',
    basePath: 'v1/',
    paths: { '/a': { get: {} } },
  });
  expect(spec).toMatchObject({ hosts: ['old.example'], basePath: '/v1' });
});
