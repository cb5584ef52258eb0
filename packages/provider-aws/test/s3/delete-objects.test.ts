import { bodyOf } from '@pai/core';
import { requestFor } from '@pai/core/conformance';
import { expect, test } from 'vitest';
import { resolveS3 } from '../../src/s3/resolve.ts';
import { endpointOf, resolve, resolveAt, told } from './s3.ts';

const namespace = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"';
const base = 'arn:aws:s3:::my-bucket/';

async function deletes(body: string | Uint8Array, headers: Record<string, string> = {}) {
  return told(await resolve('POST', '/?delete', { body, headers }));
}

test.each([
  ['plain', `<Delete ${namespace}><Object><Key>a</Key></Object></Delete>`, ['DeleteObject a']],
  [
    'a declaration, white space and Quiet',
    `<?xml version="1.0" encoding="UTF-8"?>\r\n<Delete>\n <Quiet>true</Quiet>\n <Object>\n  <Key>a</Key>\n </Object>\n</Delete>\n`,
    ['DeleteObject a'],
  ],
  [
    'versions and conditions',
    '<Delete><Object><Key>a</Key><VersionId>v</VersionId></Object><Object><ETag>e</ETag><Size>1</Size><Key>b</Key></Object></Delete>',
    ['DeleteObjectVersion a', 'DeleteObject b'],
  ],
  [
    'entities',
    '<Delete><Object><Key>&lt;a&gt; &amp;amp; &quot;&apos;&#xD;&#10;&#x1F600;</Key></Object></Delete>',
    ['DeleteObject <a> &amp; "\'\r\n😀'],
  ],
  ['white space that is the key', '<Delete><Object><Key> a </Key></Object></Delete>', ['DeleteObject  a ']],
  ['nothing decoded twice', '<Delete><Object><Key>a%20b+c</Key></Object></Delete>', ['DeleteObject a%20b+c']],
  ['wildcards', '<Delete><Object><Key>*</Key></Object></Delete>', ['DeleteObject *']],
  [
    'the same twice',
    '<Delete><Object><Key>a</Key></Object><Object><Key>a</Key></Object></Delete>',
    ['DeleteObject a'],
  ],
])('W3: reads %s', async (_what, body, expected) => {
  expect(await deletes(body)).toEqual(expected.map((text) => `s3:${text.replace(' ', ` ${base}`)}`));
});

const one = '<Object><Key>a</Key></Object>';
const element = /no element or text/;
const character = /character that XML does not hold/;

test.each([
  ['no content', '', /no <Delete>/],
  ['an empty list', '<Delete></Delete>', /no <Delete>/],
  ['an empty element', '<Delete/>', /no <Delete>/],
  ['another element', `<Remove>${one}</Remove>`, /no <Delete>/],
  ['another case', `<delete>${one}</delete>`, /no <Delete>/],
  ['something beside objects', `<Delete>${one}<Other/></Delete>`, /no <Delete>/],
  ['Quiet twice', `<Delete>${one}<Quiet>true</Quiet><Quiet>false</Quiet></Delete>`, /no <Delete>/],
  ['no key', '<Delete><Object><VersionId>v</VersionId></Object></Delete>', /no <Key>/],
  ['an empty key', '<Delete><Object><Key></Key></Object></Delete>', /empty or unknown/],
  ['an empty version', '<Delete><Object><Key>a</Key><VersionId/></Object></Delete>', /empty or unknown/],
  [
    'a version that climbs',
    '<Delete><Object><Key>a</Key><VersionId>../v</VersionId></Object></Delete>',
    /a segment \.\./,
  ],
  ['two keys', '<Delete><Object><Key>a</Key><Key>b</Key></Object></Delete>', /twice/],
  ['a key in another case', '<Delete><Object><Key>a</Key><key>b</key></Object></Delete>', /unknown/],
  ['an element in a key', '<Delete><Object><Key>a<b/></Key></Object></Delete>', /text beside elements/],
  ['a comment', '<Delete><Object><Key>a<!-- b --></Key></Object></Delete>', element],
  ['CDATA', '<Delete><Object><Key><![CDATA[a]]></Key></Object></Delete>', element],
  ['an instruction', `<Delete><?x?>${one}</Delete>`, element],
  ['a document type', `<!DOCTYPE Delete [<!ENTITY e "b">]><Delete>${one}</Delete>`, element],
  ['an entity of its own', '<Delete><Object><Key>&e;</Key></Object></Delete>', /entity/],
  ['an entity called like a member', '<Delete><Object><Key>&constructor;</Key></Object></Delete>', /entity/],
  ['an ampersand', '<Delete><Object><Key>a&b</Key></Object></Delete>', /entity/],
  ['NUL by its number', '<Delete><Object><Key>&#0;</Key></Object></Delete>', character],
  ['half a pair by its number', '<Delete><Object><Key>&#xD800;</Key></Object></Delete>', character],
  ['a control character', '<Delete><Object><Key>a\u0001</Key></Object></Delete>', character],
  ['a raw carriage return', '<Delete><Object><Key>a\rb</Key></Object></Delete>', character],
  ['an attribute', '<Delete><Object a="b"><Key>a</Key></Object></Delete>', element],
  ['a prefix', '<s:Delete xmlns:s="http://s3.amazonaws.com/doc/2006-03-01/"></s:Delete>', element],
  ['another namespace', `<Delete xmlns="urn:x">${one}</Delete>`, /namespace/],
  ['a namespace inside', `<Delete><Object ${namespace}><Key>a</Key></Object></Delete>`, /namespace/],
  ['crossed tags', '<Delete><Object><Key>a</Object></Key></Delete>', /closes another/],
  ['an end too early', '<Delete><Object>', element],
  ['an end too late', `<Delete>${one}</Delete>${one}`, /goes on after/],
  ['text before it', `x<Delete>${one}</Delete>`, /does not begin/],
  ['a byte order mark', `\ufeff<Delete>${one}</Delete>`, /does not begin/],
  ['another encoding', `<?xml version="1.0" encoding="UTF-16"?><Delete>${one}</Delete>`, element],
  ['JSON', '{"Objects":[{"Key":"a"}]}', element],
  ['over 1,000 objects', `<Delete>${one.repeat(1001)}</Delete>`, /over 1000 objects/],
  ['bytes that are no text', Buffer.from([0x3c, 0x44, 0xff, 0x3e]), /not UTF-8/],
])('refuses %s', async (_what, body, reason) => {
  expect(await deletes(body)).toMatch(reason);
});

test.each([
  [{ 'content-encoding': 'gzip' }],
  [{ 'content-encoding': 'aws-chunked' }],
  [{ 'x-amz-content-sha256': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER' }],
])('refuses content framed as %o', async (headers) => {
  expect(await deletes(`<Delete>${one}</Delete>`, headers)).toMatch(/send it plainly/);
});

test('refuses over 2 MiB, and takes 1,000 of the longest keys', async () => {
  const key = '\u00fc'.repeat(512);
  const objects = Array.from({ length: 1000 }, (_, i) => `<Object><Key>${i}${key}</Key></Object>`).join('');
  expect(await deletes(`<Delete>${objects}</Delete>`)).toHaveLength(1000);
  expect(await deletes(`<Delete>${objects}${' '.repeat(2 ** 21)}</Delete>`)).toMatch(/larger than/);
});

test('gets past retentions object by object', async () => {
  const body =
    '<Delete><Object><Key>a</Key></Object><Object><Key>b</Key><VersionId>v</VersionId></Object></Delete>';
  expect(await deletes(body, { 'x-amz-bypass-governance-retention': 'true' })).toEqual([
    `s3:DeleteObject ${base}a`,
    `s3:DeleteObjectVersion ${base}b`,
    `s3:BypassGovernanceRetention ${base}a`,
    `s3:BypassGovernanceRetention ${base}b`,
  ]);
});

test('deletes through an access point', async () => {
  const endpoint = endpointOf('s3-accesspoint', ['my-ap-123456789012']);
  const text = { method: 'POST', target: '/?delete', body: `<Delete>${one}</Delete>` };
  expect(told(await resolveAt(endpoint, text))).toEqual([
    's3:DeleteObject arn:aws:s3:us-east-1:123456789012:accesspoint/my-ap/object/a',
  ]);
});

test('refuses a tables alias', async () => {
  const text = { method: 'POST', target: '/?delete', body: `<Delete>${one}</Delete>` };
  expect(told(await resolveAt(endpointOf('s3', ['x--table-s3']), text))).toMatch(/table/);
});

test('leaves the content where it is', async () => {
  const body = bodyOf(`<Delete>${one}</Delete>`);
  const request = {
    ...requestFor({ method: 'POST', url: 'https://my-bucket.s3.amazonaws.com/?delete' }),
    body,
  };
  await resolveS3(request, endpointOf('s3', ['my-bucket']), {});
  expect((await body.bytes(1000)).toString()).toBe(`<Delete>${one}</Delete>`);
});

test.each([
  [
    '<RestoreRequest><Days>1</Days><GlacierJobParameters><Tier>Bulk</Tier></GlacierJobParameters></RestoreRequest>',
    ['s3:RestoreObject arn:aws:s3:::my-bucket/k'],
  ],
  [
    '<RestoreRequest><Type>SELECT</Type><OutputLocation><S3><BucketName>other</BucketName></S3></OutputLocation></RestoreRequest>',
    /send one with Days/,
  ],
])('restores without writing elsewhere: %s', async (body, expected) => {
  const result = told(await resolve('POST', '/k?restore', { body }));
  if (expected instanceof RegExp) expect(result).toMatch(expected);
  else expect(result).toEqual(expected);
});
