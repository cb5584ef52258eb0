import type { Denial } from '@pai/core';
import { requestFor } from '@pai/core/conformance';
import { expect, test } from 'vitest';
import { createDeny } from '../src/deny.ts';
import { readEndpoint } from '../src/hosts.ts';

const deny = createDeny(readEndpoint);
const message = 'azure-prod: x is not allowed (allow has "<a>" & ü); add it to policy.allow';
const denial: Denial = {
  provider: 'azure-prod',
  decision: 'deny',
  status: 403,
  rule: 'policy.allow',
  message,
  requestId: '11111111-2222-4333-8444-555555555555',
  actions: [{ name: 'x' }],
};
const refusal: Denial = { ...denial, decision: 'refuse', status: 502, rule: 'a_code', actions: [] };
const escaped = message.replace('&', '&amp;').replace('<a>', '&lt;a&gt;').replaceAll('"', '&quot;');

const json = { accept: 'application/json;odata=nometadata' };
const atom = { accept: 'application/atom+xml' };

test.each([
  ['management.azure.com', {}, { error: { code: 'AuthorizationFailed', message } }],
  ['eastus.metrics.monitor.azure.com', {}, { error: { code: 'AuthorizationFailed', message } }],
  ['graph.microsoft.com', {}, { error: { code: 'Authorization_RequestDenied', message } }],
  ['acct.dfs.core.windows.net', {}, { error: { code: 'AuthorizationPermissionMismatch', message } }],
  [
    'acct.table.core.windows.net',
    json,
    {
      'odata.error': { code: 'AuthorizationPermissionMismatch', message: { lang: 'en-US', value: message } },
    },
  ],
  [
    'v.vault.azure.net',
    {},
    { error: { code: 'Forbidden', message, innererror: { code: 'ForbiddenByRbac' } } },
  ],
  ['h.managedhsm.azure.net', {}, { error: { code: 'Forbidden', message } }],
  ['s.azconfig.io', {}, { title: 'Forbidden', status: 403, detail: message, error: { message } }],
  ['d.documents.azure.com', {}, { code: 'Forbidden', message }],
  ['o.openai.azure.com', {}, { error: { code: 'AuthorizationFailed', message } }],
  ['s.search.windows.net', {}, { error: { code: 'Forbidden', message } }],
  ['login.microsoftonline.com', {}, { error: 'access_denied', error_description: message }],
  ['unknown.example', {}, { error: { code: 'AuthorizationFailed', message } }],
])('%s with %j denies in JSON, as %j', (host, headers, expected) => {
  const said = deny(
    denial,
    requestFor({ url: `https://${host}/a`, headers: headers as Record<string, string> }),
  );
  expect(said.status).toBe(403);
  expect(JSON.parse(String(said.body))).toMatchObject(expected);
  expect(said.headers).toEqual(expect.arrayContaining(['x-ms-request-id', denial.requestId]));
});

test.each([
  [
    'acct.blob.core.windows.net',
    {},
    403,
    `<Error><Code>AuthorizationPermissionMismatch</Code><Message>${escaped}`,
  ],
  ['acct.queue.core.windows.net', {}, 403, '<Error><Code>AuthorizationPermissionMismatch</Code>'],
  ['acct.file.core.windows.net', {}, 403, '<Error><Code>AuthorizationPermissionMismatch</Code>'],
  ['acct.table.core.windows.net', atom, 403, `<message xml:lang="en-US">${escaped}</message>`],
  ['ns.servicebus.windows.net', {}, 401, `<Error><Code>401</Code><Detail>${escaped}</Detail></Error>`],
])('%s with %j denies in XML, with %i', (host, headers, status, expected) => {
  const said = deny(
    denial,
    requestFor({ url: `https://${host}/a`, headers: headers as Record<string, string> }),
  );
  expect(said.status).toBe(status);
  expect(String(said.body)).toContain(expected);
  expect(said.headers[1]).toMatch(/^application\/xml/);
});

test.each([
  ['https://management.azure.com/a', 502, '"ServiceUnavailable"'],
  ['https://management.azure.com/a', 413, '"BadRequest"'],
  ['https://acct.blob.core.windows.net/a', 400, '<Code>BadRequest</Code>'],
  ['https://v.vault.azure.net/a', 502, '{"error":{"code":"ServiceUnavailable","message":"'],
  ['https://ns.servicebus.windows.net/a', 502, '<Code>502</Code>'],
])('a refusal at %s has its own status %i, and %s', (url, status, expected) => {
  const said = deny({ ...refusal, status }, requestFor({ url }));
  expect(said.status).toBe(status);
  expect(String(said.body)).toContain(expected);
});

test('a HEAD has the code in a header, and no content', () => {
  const said = deny(denial, requestFor({ method: 'HEAD', url: 'https://acct.blob.core.windows.net/c/b' }));
  expect(said.body).toBe('');
  expect(said.headers).toEqual(
    expect.arrayContaining(['x-ms-error-code', 'AuthorizationPermissionMismatch']),
  );
});
