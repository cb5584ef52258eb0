import { expect, test } from 'vitest';
import { useRig } from '../engine/rig.ts';
import { call, initialize, oddServer, program } from './rig.ts';

const rig = useRig({
  providers: [program('odd', [oddServer], { rest: 'policy: {mcp: {deniedTools: [crash]}}' })],
});

test.each([
  ['tls', 'h1'],
  ['tls', 'h2'],
  ['proxy', 'h1'],
  ['proxy', 'h2'],
  ['transparent', 'h1'],
  ['baseUrl', 'h1'],
] as const)('a program is reached and judged at the door %s by %s', async (door, protocol) => {
  const ask = (message: object, ...more: (readonly [string, string])[]) =>
    rig().ask({
      door,
      protocol,
      sni: 'odd.mcp.pai.internal',
      method: 'POST',
      path: '/mcp',
      headers: [
        ['content-type', 'application/json'],
        ['accept', 'application/json, text/event-stream'],
        ...more,
      ],
      body: JSON.stringify(message),
    });
  const begun = await ask(initialize);
  expect(begun).toMatchObject({ status: 200, body: expect.stringContaining('"name":"odd"') });
  const [, id = ''] = begun.headers.find(([name]) => name.toLowerCase() === 'mcp-session-id') ?? [];
  const session = ['mcp-session-id', id] as const;
  expect((await ask(call('pid'), session)).body).toMatch(/"text":"\d+"/);
  expect((await ask(call('progress', {}, 1, { progressToken: 7 }), session)).body).toContain(
    '"progressToken":7',
  );
  expect((await ask(call('crash'), session)).body).toContain('Unknown tool: crash');
  const lines = await rig().audit(4);
  expect(lines.map(({ provider, decision, status }) => [provider, decision, status])).toEqual([
    ['odd', 'allow', 200],
    ['odd', 'allow', 200],
    ['odd', 'allow', 200],
    ['odd', 'deny', 200],
  ]);
});
