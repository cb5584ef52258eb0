import { bodyOf, getHeader, Secret } from '@pai/core';
import { describe, expect, test } from 'vitest';
import { readEndpoint } from '../src/hosts.ts';
import { destinationOf, writeToken } from '../src/inject.ts';
import { start } from './azure.ts';

const token = new Secret('t', 'canaryToken');

function written(host: string, headers: string[], target = '/c/b', method = 'PUT') {
  const request = { method, host, port: 443, target, headers, body: bodyOf('') };
  writeToken(request, destinationOf(request, readEndpoint), token, readEndpoint);
  return request.headers;
}

describe('a token is written', () => {
  test.each([
    ['management.azure.com', 'Bearer canaryToken'],
    ['v.vault.azure.net', 'Bearer canaryToken'],
    ['d.documents.azure.com', 'type%3Daad%26ver%3D1.0%26sig%3DcanaryToken'],
  ])('for %s as %s', (host, expected) => {
    expect(getHeader(written(host, []), 'authorization')).toBe(expected);
  });

  test.each([
    ['blob', '2017-11-09', true],
    ['blob', '2017-07-29', false],
    ['queue', '2017-11-09', true],
    ['table', '2018-11-09', false],
    ['table', '2019-02-02', true],
    ['file', '2021-12-02', false],
    ['file', '2022-11-02', true],
    ['dfs', '2018-11-09', true],
    ['blob', 'latest', false],
    ['blob', '', false],
  ])('for storage (%s) in version %j: %s', (service, version, isWritten) => {
    const host = `acct.${service}.core.windows.net`;
    const headers = version === '' ? [] : ['x-ms-version', version];
    if (isWritten) expect(getHeader(written(host, headers), 'authorization')).toBe('Bearer canaryToken');
    else expect(() => written(host, headers)).toThrow(/storage takes tokens from .* on; send x-ms-version/);
  });

  test('for one version, where a request has two', () => {
    const two = ['x-ms-version', '2023-11-03', 'X-Ms-Version', '2015-04-05'];
    expect(() => written('acct.blob.core.windows.net', two)).toThrow(/x-ms-version/);
  });

  const version = ['x-ms-version', '2023-11-03'];
  test.each([
    ['https://other.blob.core.windows.net/c/b', '/c/b?comp=block&blockid=MQ', [], true],
    ['https://other.blob.core.windows.net/c/b', '/c/b', ['x-ms-blob-type', 'BlockBlob'], true],
    ['https://other.blob.core.windows.net/c/b', '/c/b', ['x-ms-requires-sync', 'true'], true],
    ['https://other.blob.core.windows.net/c/b', '/c/b', [], false],
    ['https://evil.example/c/b', '/c/b?comp=block', [], false],
    ['https://other.blob.core.windows.net.evil.example/c/b', '/c/b?comp=block', [], false],
    ['https://v.vault.azure.net/secrets/s', '/c/b?comp=block', [], false],
    ['http://other.blob.core.windows.net/c/b', '/c/b?comp=block', [], false],
  ])('for the source %s of a copy at %s with %j: %s', (source, target, more, isWritten) => {
    const headers = [...version, 'x-ms-copy-source', source, ...more];
    const found = getHeader(
      written('acct.blob.core.windows.net', headers, target),
      'x-ms-copy-source-authorization',
    );
    expect(found).toBe(isWritten ? 'Bearer canaryToken' : undefined);
  });
});

test.each([
  ['https://ai.services.ai.azure.com/api/projects/p/agents', 'https://ai.azure.com'],
  ['https://ai.services.ai.azure.com/models/info', 'https://cognitiveservices.azure.com'],
  ['https://ai.openai.azure.com/api/projects/p/agents', 'https://cognitiveservices.azure.com'],
  ['https://acct.blob.core.windows.net/api/projects/p', 'https://storage.azure.com'],
])('a request to %s has a token for %s', async (url, audience) => {
  const { judge, entra } = start();
  const { kind, event } = await judge({ url, headers: { 'x-ms-version': '2023-11-03' } });
  expect(kind, event.reason).toBe('forward');
  expect(entra.asked.map(({ form }) => form['scope'])).toEqual([`${audience}/.default`]);
});

describe('no credential goes', () => {
  test('to the source of a copy where there are two, or where it is a website', () => {
    const first = ['x-ms-copy-source', 'https://other.blob.core.windows.net/c/b'];
    const second = ['X-Ms-Copy-Source', 'https://evil.example/c/b'];
    const site = ['x-ms-copy-source', 'https://other.z6.web.core.windows.net/b'];
    for (const sources of [[...first, ...second], site]) {
      const headers = written(
        'acct.blob.core.windows.net',
        ['x-ms-version', '2023-11-03', ...sources],
        '/c/b?comp=block',
      );
      expect(getHeader(headers, 'x-ms-copy-source-authorization')).toBeUndefined();
    }
  });

  test.each([
    ['to a look-alike', 'https://acct.blob.core.windows.net.evil.example/c/b'],
    ['to a name in front', 'https://evilblob.core.windows.net/c/b'],
    ['to a virtual machine', 'https://vm.westus.cloudapp.azure.com/'],
    ['to a static website', 'https://acct.z13.web.core.windows.net/index.html'],
    ['to a web app', 'https://app.azurewebsites.net/'],
    ['to a namespace that nobody has named', 'https://ns.servicebus.windows.net/q/messages'],
    ['to another cloud', 'https://acct.blob.core.chinacloudapi.cn/c/b'],
    ['to another region', 'https://westeurope.management.azure.com/subscriptions'],
    ['to Entra ID', 'https://login.microsoftonline.com/x/oauth2/v2.0/token'],
    ['to the metadata service', 'http://169.254.169.254/metadata/instance'],
  ])('%s', async (_what, url) => {
    const { provider } = start({ config: { region: 'eastus' }, policy: { allow: ['*'] } });
    const { host, pathname } = new URL(url);
    const request = { method: 'GET', host, port: 443, target: pathname, headers: [], body: bodyOf('') };
    await expect(async () => provider.inject(request)).rejects.toMatchObject({
      code: 'destination_forbidden',
    });
    expect(request.headers).toEqual([]);
  });
});
