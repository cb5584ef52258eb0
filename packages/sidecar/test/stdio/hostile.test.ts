import { expect, test, vi } from 'vitest';
import { canaries, useRig } from '../engine/rig.ts';
import { begin, call, messagesOf, oddServer, post, program, urlOf } from './rig.ts';

const rig = useRig({
  providers: [
    program('odd', [oddServer, '--banner'], {
      mcp: 'env: {PLAIN: said}\n    secretEnv: {TOKEN: token}',
      rest: 'auth: {type: api-key, secretRef: api-token}',
    }),
  ],
});
const url = () => urlOf(rig(), 'odd');
const ask = async (name: string, given = {}) => {
  const response = await post(url(), call(name, given), await begin(url()));
  return JSON.stringify(await messagesOf(response));
};

test('a program has none of the environment of the sidecar, and what is declared', async () => {
  process.env['PAI_CANARY'] = 'of the sidecar';
  const said = JSON.parse(JSON.parse(await ask('environment'))[0].result.content[0].text) as Record<
    string,
    string
  >;
  delete process.env['PAI_CANARY'];
  expect(Object.keys(said).filter((name) => /PAI|NODE|VITEST|npm/i.test(name))).toEqual([]);
  const allowed = /^(?:PATH|HOME|LANG|LC_ALL|LC_CTYPE|TZ|TMPDIR|PLAIN|TOKEN)$/;
  expect(Object.keys(said).filter((name) => !allowed.test(name))).toEqual([]);
  expect(said).toMatchObject({ PLAIN: 'said', HOME: `${rig().home}/programs/default/odd` });
  expect(said['TOKEN']).toMatch(/^redacted/);
});

test('a secret that it says is masked, wherever and however', async () => {
  expect(await ask('secret', { before: 'it is ' })).toContain('it is redacted');
  expect(await ask('garbage')).toContain('after garbage');
  expect(await ask('flood')).toContain('flooded');
  await vi.waitFor(() => expect(rig().logs.join('\n')).toContain('noise 1 redacted'));
  await vi.waitFor(() => expect(rig().logs.join('\n')).toContain('what is no message: this is no JSON {'));
  await rig().expectNoCanary(await rig().auditSoFar());
  expect(JSON.stringify(rig().logs)).not.toContain(canaries.api.slice(0, 16));
});

test('what it writes to its standard error is not passed on without end', async () => {
  const before = rig().logs.length;
  expect(await ask('flood')).toContain('flooded');
  expect(rig().logs.length - before).toBeLessThan(120);
});

test('a line without end ends it', async () => {
  expect(await ask('endless')).toContain('its program wrote a line of more than 16777216 bytes');
});

test('an answer that has two readings is withheld', async () => {
  expect(await ask('ambiguous')).toContain(
    "the server's answer is withheld, since it is no JSON that has one reading",
  );
});

test('content that is no JSON-RPC, or too large, does not reach it (C3, C14)', async () => {
  const session = await begin(url());
  const large = await post(url(), call('echo', { pad: 'x'.repeat(5 << 20) }), session);
  expect(await large.text()).toMatch(/larger than/);
  const twice = await post(url(), '{"jsonrpc":"2.0","id":1,"method":"ping","method":"tools/call"}', session);
  expect(await twice.text()).toContain('error');
  const [message] = await messagesOf(await post(url(), call('received'), session));
  expect(JSON.stringify(message)).not.toMatch(/ping|pad/);
});

test('requests that it never answers do not gather without end', async () => {
  const session = await begin(url());
  const many = Array.from({ length: 1_001 }, (_, id) => call('never', {}, id));
  expect(await (await post(url(), many, session)).text()).toContain('1000 requests have no answer yet');
  expect(await (await post(url(), call('pid', {}, 'one'), session)).text()).toContain('1000 requests');
});
