import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { read } from './reading.ts';

interface Captured {
  readonly call: string;
  readonly method: string;
  readonly url: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
  readonly actions: readonly string[];
}

/** What Azure's SDKs for JavaScript and the OpenAI SDK (November 2026) send for every operation they have. */
const captured: readonly Captured[] = JSON.parse(
  readFileSync(new URL('./captured-requests.json', import.meta.url), 'utf8'),
);

test('every operation of the SDKs is named exactly', async () => {
  const named = await Promise.all(
    captured.map(async (request) => ({ ...request, actions: await read(request) })),
  );
  expect(named).toEqual(captured);
});

test('no request of an SDK that reads is named as one that writes', async () => {
  const reads = captured.filter(({ method }) => method === 'GET' || method === 'HEAD');
  const writes = reads.filter(({ actions }) =>
    actions.some((action) => /\/(?:write|delete|add\/action)(?: |$)/i.test(action)),
  );
  expect(writes.map(({ call }) => call)).toEqual(['certificates.getContacts']);
});
