import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createDesk } from './pai.ts';

const widgets = join(import.meta.dirname, '../../sidecar/test/plugins/widgets');

const provider = `apiVersion: pai.io/v1
kind: Provider
metadata: {name: mine}
spec:
  type: widgets
  auth: {type: key, secretRef: widgets-key}
  policy: {allow: ["widget:read"]}
`;

test('a package is added, its type used by every command, and removed', { timeout: 90_000 }, async () => {
  const { pai, directory } = await createDesk();
  expect((await pai(['plugins', 'list'])).err).toContain('there are no plugins');
  const file = join(directory, 'mine.yaml');
  await writeFile(file, provider);
  const { err } = await pai(['apply', '-f', file]);
  expect(err).toContain('"widgets" is not a provider type; the types here are ');
  expect(err).toContain(', and pai plugins add PACKAGE adds others (config_invalid)');

  const added = await pai(['plugins', 'add', widgets]);
  expect([added.status, added.out]).toEqual([0, `plugin ${widgets} added: provider type widgets\n`]);
  expect((await pai(['plugins', 'list'])).out).toMatch(/widgets\s+process\s+ok\n$/);

  const applied = await pai(['apply', '-f', file]);
  expect([applied.status, applied.out]).toEqual([0, 'provider/mine created\n']);
  expect(applied.err).toContain('run: pai add secret widgets-key --from-literal token=…');
  const explained = await pai(['explain', 'GET', 'https://api.widgets.example/widget/1']);
  expect(explained.out).toMatch(/injects +authorization: Key \[secret widgets-key\/token\]/);
  const denied = await pai(['explain', 'GET', 'https://api.widgets.example/gadget/1']);
  expect([denied.status, denied.out]).toEqual([3, expect.stringContaining('gadget:read is not allowed')]);
  const requests = join(directory, 'requests.jsonl');
  await writeFile(requests, `{"method":"GET","url":"https://api.widgets.example/gadget/1"}\n`);
  const named = await pai(['explain', '--type', 'widgets', '--requests', requests]);
  expect([named.status, named.out]).toEqual([0, expect.stringContaining('gadget:read')]);

  expect((await pai(['plugins', 'remove', widgets])).out).toBe(`plugin ${widgets} removed\n`);
  expect((await pai(['get', 'providers'])).err).toContain('"widgets" is not a provider type');
});
