import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { cpuSeconds } from '../../../test/cpu-time.ts';
import { createBody } from '../src/body.ts';
import { requestFor } from '../src/conformance.ts';
import type { PaiError } from '../src/errors.ts';
import { findPlaceholder } from '../src/placeholder.ts';
import { prepareUpstream } from '../src/prepare-upstream.ts';
import { findMethodOverride } from '../src/request.ts';

const provider = { credentialSlots: { headers: ['X-Api-Key'] }, inject: () => {} };

const prepare = (headers: string[], target = '/x') =>
  prepareUpstream(provider, { ...requestFor({ url: `https://api.example.com${target}` }), headers });

test.each([
  'X_Api_Key', // CGI, WSGI and Rack hand `_` and `-` on as one name
  'x-api_key',
  'X-Forwarded-Method',
  'X_Forwarded_Host',
  'X-Original-URL',
  'x_rewrite_url',
  'X-Original-URI',
  'X-Real-IP',
  'Forwarded',
  'Via',
  'Expect',
])('an agent’s %s does not go up', async (name) => {
  const { headers } = await prepare([name, 'mine', 'Accept', '*/*']);
  expect(headers).toEqual(['Accept', '*/*']);
});

test.each([
  'content-type',
  'Content-Encoding, x-hop',
  'close, host',
  'Content_Length',
  'Range',
  'if-range',
  'Accept',
  'Mcp-Session-Id',
  'x-amz-target',
  'x-ms-version',
  'x-goog-copy-source',
])('Connection: %s cannot take away what the request was judged by', async (value) => {
  const hidden = prepare(['Connection', value, 'Content-Type', 'text/plain']);
  await expect(hidden).rejects.toMatchObject({ code: 'malformed_request' });
});

test.each(['/x?k=pai%2Dplaceholder-api', '/%70ai-placeholder-api', '/x?k=pai-placeholder-api'])(
  'a placeholder in %s is found',
  async (target) => {
    await expect(prepare([], target)).rejects.toMatchObject({ code: 'placeholder_misplaced' });
  },
);

test.each([
  [['X_HTTP_Method_Override', 'DELETE'], ''],
  [['x-http_method', 'DELETE'], ''],
  [[], '_method=DELETE'],
  [[], 'a=1&%5Fmethod=DELETE'],
  [[], 'a=1;_method=DELETE'],
  [[], '_m%65thod=DELETE'],
  [[], 'a=%zz&%5F%4DETHOD=DELETE'],
  [[], '_method%5B%5D=DELETE'],
  [[], '.method=DELETE'], // PHP writes dots and spaces in names as `_`, and leaves out spaces in front
  [[], '+_method=DELETE'],
  [[], '_method%00x=DELETE'],
])('%j with the query %j asks for another method', (headers, query) => {
  expect(findMethodOverride({ headers, query })).toBeDefined();
});

test.each(['method=x', 'my_method=x', 'a=_method', 'a=%5Fmethod', '_method2=x', 'a=%', '%E4=1'])(
  'the query %s asks for no other method',
  (query) => {
    expect(findMethodOverride({ headers: [], query })).toBeUndefined();
  },
);

const headOnly = [
  'Host',
  'Content-Length',
  'Content-Encoding',
  'Content_Type',
  'Content-Range',
  'Cookie',
  'Authorization',
  'Trailer',
  'TE',
];

test('trailers carry neither another method, nor a proxy’s word, nor a placeholder, nor what is for a head', async () => {
  const trailers = [
    'X-HTTP-Method-Override',
    'DELETE',
    'X-Forwarded-For',
    '1.1.1.1',
    'X-Note',
    'pai-placeholder-api',
    ...headOnly.flatMap((name) => [name, 'x']),
    'X-Sum',
    '1',
  ];
  const body = createBody({ length: undefined, open: () => Readable.from([]), trailers: () => trailers });
  const upstream = await prepareUpstream(provider, {
    ...requestFor({ url: 'https://api.example.com/' }),
    body,
  });
  expect(upstream.body.trailers()).toEqual(['X-Sum', '1']);
});

test.each([
  ['GET', '', undefined],
  ['GET', 'content', 'upgrade_refused'],
  ['POST', '', 'upgrade_refused'],
])('a %s with the content %j may switch protocols, or is refused: %s', async (method, body, code) => {
  const request = { ...requestFor({ method, url: 'https://api.example.com/', body }), upgrade: 'WebSocket' };
  const sent = (async () => prepareUpstream({ ...provider, upgrades: ['websocket'] }, request))();
  const refused = await sent.then(
    () => undefined,
    (thrown: PaiError) => thrown.code,
  );
  expect(refused).toBe(code);
});

test('a search for placeholders takes time in proportion to the text', async () => {
  const hostile = `${'a'.repeat(2_000_000)}!cGFpLXBsYWNlaG9sZGVyLWFwaQ`;
  const find = () => expect(findPlaceholder(hostile)).toBe('pai-placeholder-api');
  expect(await cpuSeconds(find)).toBeLessThan(1);
});

test('content that is read ahead byte by byte takes time in proportion to its length', async () => {
  const body = createBody({
    length: undefined,
    open: () => Readable.from(Array.from({ length: 50_000 }, () => Buffer.from('x'))),
  });
  const read = async () => expect((await body.bytes(1 << 20)).length).toBe(50_000);
  expect(await cpuSeconds(read)).toBeLessThan(5);
});
