import { ClientSecretCredential } from '@azure/identity';
import { BlobServiceClient } from '@azure/storage-blob';
import { createPipeline, findPlaceholder, type UpstreamRequest } from '@pai/core';
import { describe, expect, test } from 'vitest';
import { attach, specOf, start } from './azure.ts';
import { contextFor, createEntraService, tokenOf } from './entra-service.ts';
import { createSdkClient } from './sdk-client.ts';

const bearer = `Bearer ${tokenOf('https://storage.azure.com/.default', 1)}`;

test('the requests in a batch of the SDK have the credential, and no placeholder', async () => {
  const entra = createEntraService();
  const attached = attach(
    'azure-prod',
    specOf({ policy: { allow: ['Microsoft.Storage/*'] } }),
    contextFor(entra),
  );
  const { judge } = createPipeline([attached], () => entra.now);
  const sent: UpstreamRequest[] = [];
  const httpClient = createSdkClient(judge, (request) => {
    sent.push(request);
    return {
      status: 202,
      headers: { 'content-type': 'multipart/mixed; boundary=b' },
      body: '--b\r\nContent-Type: application/http\r\nContent-ID: 0\r\n\r\nHTTP/1.1 202 Accepted\r\n\r\n\r\n--b--',
    };
  });
  const { env } = attached.provider.placeholders;
  const credential = new ClientSecretCredential(
    env['AZURE_TENANT_ID'] ?? '',
    env['AZURE_CLIENT_ID'] ?? '',
    env['AZURE_CLIENT_SECRET'] ?? '',
    { httpClient },
  );
  const client = new BlobServiceClient('https://acct.blob.core.windows.net', credential, {
    httpClient: httpClient as never,
  });
  const urls = ['a', 'b'].map((name) => `https://acct.blob.core.windows.net/data/${name}`);
  await client.getBlobBatchClient().deleteBlobs(urls, credential);
  const content = (await sent[0]?.body.bytes(10_000))?.toString() ?? '';
  expect(content.match(/^authorization: .*$/gim)).toEqual([
    `Authorization: ${bearer}`,
    `Authorization: ${bearer}`,
  ]);
  expect(content).toMatch(/DELETE \/data\/a\S* HTTP\/1\.1\r\nAuthorization: /);
  expect(findPlaceholder(content)).toBeUndefined();
  expect(sent[0]?.headers.join('\n')).toContain(bearer);
});

const part = (fields: string[], line = 'DELETE /data/a HTTP/1.1') =>
  ['--b', 'Content-Type: application/http', '', line, ...fields, '', '', ''].join('\r\n');
const batch = (text: string) => ({
  method: 'POST',
  url: 'https://acct.blob.core.windows.net/?comp=batch',
  headers: { 'content-type': 'multipart/mixed; boundary=b', 'x-ms-version': '2023-11-03' },
  body: `${text}--b--\r\n`,
});

describe('a credential of the agent’s own in a batch', () => {
  test.each([
    ['is replaced', ['Authorization: SharedKey acct:own-credential', 'x-ms-date: x']],
    ['is replaced in any case', ['AUTHORIZATION:Bearer own-credential']],
    ['is replaced behind a bare line feed', ['x: y\nauthorization: own-credential']],
    ['is taken away', ['x-ms-copy-source-authorization: own-credential']],
    [
      'is replaced where it is there twice',
      ['authorization: own-credential', 'authorization: own-credential'],
    ],
  ])('%s: %j', async (_what, fields) => {
    const outcome = await start().judge(batch(part(fields)));
    if (outcome.kind !== 'forward') throw new Error(outcome.event.reason);
    const content = (await outcome.request.body.bytes(10_000)).toString();
    expect(content).not.toContain('own-credential');
    expect(content.match(/^authorization: .*$/gim)).toEqual([`Authorization: ${bearer}`]);
    expect(outcome.request.body.length).toBe(content.length);
  });

  test.each([
    [part([' authorization: own-credential'])],
    [part(['authorization : own-credential'])],
    [part([], 'DELETE /data/a?b=c&%53ig=x HTTP/1.1')],
    [part([], 'DELETE /data/a')],
  ])('is never let through where it might hide: %j', async (text) => {
    const { event } = await start().judge(batch(text));
    expect(event).toMatchObject({ decision: 'refuse', error: 'malformed_request' });
  });

  test.each(['$batch', '%24%62atch'])('stops a batch of entities at /%s', async (path) => {
    const { event } = await start().judge({
      ...batch(part(['Authorization: own-credential'])),
      url: `https://acct.table.core.windows.net/${path}`,
    });
    expect(event).toMatchObject({ decision: 'refuse', error: 'malformed_request' });
  });

  test.each([
    'https://acct.blob.core.windows.net/?%63omp=%62atch',
    'https://acct.blob.core.windows.net/?COMP=Batch',
    'https://acct.dfs.core.windows.net/?comp=batch',
  ])('is replaced at %s', async (url) => {
    const outcome = await start().judge({ ...batch(part(['Authorization: own-credential'])), url });
    if (outcome.kind !== 'forward') throw new Error(outcome.event.reason);
    expect((await outcome.request.body.bytes(10_000)).toString()).not.toContain('own-credential');
  });
});
