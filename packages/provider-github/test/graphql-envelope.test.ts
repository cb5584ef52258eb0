import { deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { resolveJson, shown } from './graphql-request.ts';
import { requestOf, resolve } from './request.ts';

const issues = 'query A{repository(owner:"o",name:"r"){issues{nodes{title}}}}';
const merge = 'mutation B{mergePullRequest(input:{pullRequestId:"PR_a"}){clientMutationId}}';
const json = ['content-type', 'application/json'];

async function post(body: string | Uint8Array, headers: readonly string[] = json, target = '/graphql') {
  return shown(await resolve('POST', target, { body, headers }));
}

describe('a GraphQL request is read', () => {
  test.each([
    ['as gh and octokit send it', JSON.stringify({ query: issues, variables: {} }), json],
    [
      'with a charset',
      JSON.stringify({ query: issues }),
      ['content-type', 'application/json; charset=utf-8'],
    ],
    [
      'under the type that curl gives it',
      JSON.stringify({ query: issues }),
      ['content-type', 'application/x-www-form-urlencoded'],
    ],
    [
      'under the type that fetch gives it',
      JSON.stringify({ query: issues }),
      ['content-type', 'text/plain;charset=UTF-8'],
    ],
    ['without a type', JSON.stringify({ query: issues }), []],
    [
      'with members that are null',
      JSON.stringify({ query: issues, variables: null, operationName: null, extensions: null }),
      json,
    ],
    ['with variables in a string', JSON.stringify({ query: issues, variables: '{"a":1}' }), json],
    ['with an operationName', JSON.stringify({ query: issues, operationName: 'A' }), json],
  ])('%s', async (_what, body, headers) => {
    expect(await post(body, headers)).toEqual(['issues:read o/r']);
  });

  test('gzipped, and keeps its bytes (G2, R12)', async () => {
    const body = gzipSync(JSON.stringify({ query: merge }));
    expect(await post(body, [...json, 'Content-Encoding', 'gzip'])).toEqual(['pulls:merge any']);
    const request = requestOf('POST', '/graphql', { body, headers: [...json, 'content-encoding', 'gzip'] });
    await resolve('POST', '/graphql', { body, headers: [...json, 'content-encoding', 'gzip'] });
    expect(await request.body.bytes(1 << 20)).toEqual(body);
  });

  test('from the query string of a GET', async () => {
    const read = async (search: string) => shown(await resolve('GET', `/graphql?${search}`));
    expect(await read(`query=${encodeURIComponent(issues)}`)).toEqual(['issues:read o/r']);
    expect(await read(`query=${encodeURIComponent(merge)}&operationName=B`)).toEqual(['pulls:merge any']);
    const named = 'query($n:String!){repository(owner:"o",name:$n){description}}';
    const variables = encodeURIComponent('{"n":"x"}');
    expect(await read(`query=${encodeURIComponent(named)}&variables=${variables}`)).toEqual([
      'repos:read o/x',
    ]);
  });

  test('on an Enterprise Server, and nowhere below', async () => {
    const parts = { body: JSON.stringify({ query: issues }), headers: json };
    const at = (path: string) => resolve('POST', `https://ghe.example.com${path}`, parts);
    expect(shown(await at('/api/graphql'))).toEqual(['issues:read o/r']);
    expect(shown(await at('/api/graphql/x'))).toMatch(/^unresolved/);
    expect(shown(await resolve('POST', '/graphql/x', parts))).toEqual(['admin:graphql:create any']);
  });
});

test('a file of almost a mebibyte in the variables is read', async () => {
  const query = 'mutation($i:I!){createCommitOnBranch(input:$i){commit{oid}}}';
  const additions = [{ path: 'a', contents: 'QUJD'.repeat(250_000) }];
  const i = { branch: { repositoryNameWithOwner: 'o/r', branchName: 'b' }, fileChanges: { additions } };
  expect(await post(JSON.stringify({ query, variables: { i } }))).toEqual(['contents:update o/r']);
});

describe('of several operations', () => {
  const both = `${issues} ${merge}`;
  test.each([
    ['A', ['issues:read o/r']],
    ['B', ['pulls:merge any']],
  ])('operationName %s picks its own (G2)', async (operationName, actions) => {
    expect(await post(JSON.stringify({ query: both, operationName }))).toEqual(actions);
  });

  test.each([
    ['none is named', { query: both }],
    ['an empty name is given', { query: both, operationName: '' }],
    ['none has the name', { query: both, operationName: 'C' }],
    ['the only one has another name', { query: issues, operationName: 'B' }],
    ['two have the name', { query: `${issues} ${issues}`, operationName: 'A' }],
  ])('%s: unresolved (G2)', async (_what, members) => {
    expect(await post(JSON.stringify(members))).toMatch(/^unresolved: .*operation/);
  });
});

describe('a GraphQL request is unresolved', () => {
  const escaped = JSON.stringify(merge);
  test.each([
    ['a batch (G2)', `[{"query":${escaped}}]`, /batch/],
    ['an empty batch', '[]', /batch/],
    [
      'a persisted query (G2)',
      '{"extensions":{"persistedQuery":{"version":1,"sha256Hash":"a"}}}',
      /persisted/,
    ],
    [
      'a persisted query beside another',
      `{"query":"{viewer{login}}","extensions":{"persistedQuery":{}}}`,
      /persisted/,
    ],
    ['extensions of an odd kind', `{"query":${escaped},"extensions":"{}"}`, /persisted/],
    ['a document id', '{"documentId":"abc","query":"{viewer{login}}"}', /no member/],
    ['query twice (G2)', `{"query":"{viewer{login}}","query":${escaped}}`, /repeats/],
    ['query twice, once escaped', `{"query":"{viewer{login}}","\\u0071uery":${escaped}}`, /repeats/],
    ['query in another case (G2)', `{"query":"{viewer{login}}","Query":${escaped}}`, /no member/],
    ['a variable twice', `{"query":${escaped},"variables":{"a":1,"a":2}}`, /repeats/],
    ['a variable twice in a string', `{"query":${escaped},"variables":"{\\"a\\":1,\\"a\\":2}"}`, /repeats/],
    ['no query', '{"variables":{}}', /no query/],
    ['an empty query', '{"query":"  "}', /no query/],
    ['a query that is no string', '{"query":["{viewer{login}}"]}', /no query/],
    ['a name that is no string', `{"query":${escaped},"operationName":1}`, /no string|not a string/],
    ['variables that are a list', `{"query":${escaped},"variables":[]}`, /variables/],
    ['no JSON', `query=${merge}`, /is not JSON/],
    ['nothing', '', /is not JSON/],
    ['JSON that is no object', '"{viewer{login}}"', /not a JSON object/],
    ['a byte order mark', '\ufeff{"query":"{viewer{login}}"}', /byte order mark/],
    ['UTF-16', Buffer.from('{"query":"{viewer{login}}"}', 'utf16le'), /not/],
    ['bytes that are no text', Buffer.from([0x7b, 0xff, 0x7d]), /UTF-8/],
    [
      'variables nested too deeply',
      `{"query":${escaped},"variables":{"a":${'['.repeat(9_999)}${']'.repeat(9_999)}}}`,
      /100 levels/,
    ],
    ['a syntax error', '{"query":"{viewer{login}"}', /cannot be read/],
    ['a document without an operation', '{"query":"fragment a on User{login}"}', /operation/],
    ['types beside the query', '{"query":"{viewer{login}} type A{a:Int}"}', /types/],
    ['a subscription', '{"query":"subscription{a{b}}"}', /subscription/],
  ])('with %s', async (_what, body, why) => {
    const resolution = await resolveJson(body);
    expect(shown(resolution)).toMatch(/^unresolved/);
    expect(shown(resolution)).toMatch(why);
  });

  const hidden = 'b:mergePullRequest(input:{pullRequestId:$p}){clientMutationId}';
  test.each([
    ['a comment', `clientMutationId:#\r"""\n"x"}){clientMutationId} ${hidden} #"""}){clientMutationId}\n}`],
    ['four quotes', `stateIds:["""x""""]}){clientMutationId} ${hidden} #"]}){clientMutationId}\n}`],
    ['five quotes', `stateIds:["""x""""" "]}){clientMutationId} ${hidden} #"]}){clientMutationId}\n}`],
  ])('with a mutation that only graphql-ruby sees, behind %s', async (_what, rest) => {
    const query = `mutation($p:ID!){a:closeIssue(input:{issueId:"I_x",${rest}`;
    expect(shown(await resolveJson(JSON.stringify({ query })))).toMatch(/^unresolved: .*read in two ways/);
  });

  test.each([
    ['multipart (G2)', JSON.stringify({ query: merge }), ['content-type', 'multipart/form-data; boundary=x']],
    [
      'what could be a form',
      `{"a":"&query=${merge}"}`,
      ['content-type', 'application/x-www-form-urlencoded'],
    ],
    [
      'two types',
      JSON.stringify({ query: `&query=${merge}` }),
      [...json, 'content-type', 'application/x-www-form-urlencoded'],
    ],
    [
      'another charset',
      JSON.stringify({ query: merge }),
      ['content-type', 'application/json; charset=utf-7'],
    ],
    [
      'two charsets',
      JSON.stringify({ query: merge }),
      ['content-type', 'text/plain;charset=utf-8;charset=utf-16'],
    ],
    ['an unknown coding (R12)', JSON.stringify({ query: merge }), [...json, 'content-encoding', 'br']],
    ['deflate', deflateSync(JSON.stringify({ query: merge })), [...json, 'content-encoding', 'deflate']],
    [
      'gzip twice',
      gzipSync(gzipSync(JSON.stringify({ query: merge }))),
      [...json, 'content-encoding', 'gzip, gzip'],
    ],
    ['no gzip under its name (R12)', JSON.stringify({ query: merge }), [...json, 'content-encoding', 'gzip']],
    [
      'bytes behind gzip',
      Buffer.concat([gzipSync('{"query":"{viewer{login}}"}'), Buffer.from('x')]),
      [...json, 'content-encoding', 'gzip'],
    ],
    ['more than 1 MiB', JSON.stringify({ query: `${issues}${' '.repeat(1 << 20)}` }), json],
    [
      'more than 1 MiB in gzip (R12)',
      gzipSync(JSON.stringify({ query: `${issues}${' '.repeat(1 << 20)}` })),
      [...json, 'content-encoding', 'gzip'],
    ],
  ])('as %s', async (_what, body, headers) => {
    expect(await post(body, headers)).toMatch(/^unresolved/);
  });

  test.each([
    `query=${merge}`,
    'QUERY=x',
    'a=1;query=x',
    'variables[a]=1',
    '%71uery=x',
    'extensions=x',
    'operationName=B',
  ])('as a POST with ?%s', async (search) => {
    expect(
      await post(JSON.stringify({ query: issues }), json, `/graphql?${search.replaceAll(/[{}" ]/g, '_')}`),
    ).toMatch(/^unresolved/);
  });

  test.each([
    '',
    'query=',
    'query={viewer{login}}&query=x',
    'query={viewer{login}}&Query=x',
    'query[]={viewer{login}}',
    'query={viewer{login}};query=x',
    'extensions=%7B%22persistedQuery%22:%7B%7D%7D',
  ])('as a GET with ?%s', async (search) => {
    expect(shown(await resolve('GET', `/graphql?${search}`))).toMatch(/^unresolved/);
  });

  test('as a GET with a body', async () => {
    const parts = { body: JSON.stringify({ query: merge }), headers: json };
    expect(shown(await resolve('GET', '/graphql?query={viewer{login}}', parts))).toMatch(
      /^unresolved: .*body/,
    );
  });

  test.each(['HEAD', 'PUT', 'PATCH', 'DELETE'])('as %s', async (method) => {
    const parts = { body: JSON.stringify({ query: issues }), headers: json };
    expect(shown(await resolve(method, '/graphql', parts))).toMatch(/^unresolved/);
  });
});
