import { expect, test } from 'vitest';
import { createDeny } from '../src/denial.ts';

const denial = {
  provider: 'p',
  decision: 'deny',
  status: 403,
  rule: 'resolve',
  message: 'GET /"</m><admin>\\&\' is in no route {requestId}',
  requestId: 'r1',
  actions: [],
} as const;

test.each([
  [
    'text/html',
    '<p>{message}',
    '<p>GET /&quot;&lt;/m&gt;&lt;admin&gt;\\&amp;&#39; is in no route {requestId}',
  ],
  ['application/problem+xml', '<m id="{requestId}">{message}</m>', undefined],
  ['application/json', '{"why":"{message}"}', undefined],
  ['text/plain', '{message}', denial.message],
])('a text of %s holds a message as text', (contentType, body, expected) => {
  const shown = String(createDeny({ contentType, body })(denial).body);
  if (expected !== undefined) expect(shown).toBe(expected);
  if (contentType.endsWith('json')) expect(JSON.parse(shown)).toEqual({ why: denial.message });
  if (contentType.endsWith('xml')) expect(shown).not.toContain('<admin>');
});
