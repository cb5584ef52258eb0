import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { useRig } from '../engine/rig.ts';
import { connectFirst, connectSecond, newServer, program, serverFile, urlOf } from './rig.ts';

const directory = realpathSync(mkdtempSync(join(tmpdir(), 'pai-files-')));
writeFileSync(join(directory, 'a.txt'), 'what is in it');
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const rig = useRig({
  providers: [
    program('everything', [serverFile('everything'), 'stdio'], {
      rest: 'policy: {mcp: {deniedTools: [get-env]}}',
    }),
    program('files', [serverFile('filesystem'), directory], {
      rest: 'policy: {mcp: {rules: [{tool: read_text_file, effect: deny, arguments: {path: "*secret*"}}]}}',
    }),
    program('memory', [serverFile('memory')], { mcp: `env: {MEMORY_FILE_PATH: "${directory}/memory.json"}` }),
    program('new', [newServer], { rest: 'policy: {mcp: {deniedTools: [delete_issue]}}' }),
  ],
});

const connects = {
  'the first SDK': (url: URL) => connectFirst(url),
  'the second SDK': (url: URL) => connectSecond(url, 'legacy'),
  'the second SDK, which asks for the revision first': (url: URL) => connectSecond(url),
};

interface Usable {
  listTools(): Promise<{ tools: readonly { name: string }[] }>;
  callTool(call: { name: string; arguments?: Record<string, unknown> }): Promise<unknown>;
}

describe.each(Object.entries(connects))('%s', (_title, connect) => {
  test('uses server-everything, less what is denied (C8)', async () => {
    const client = (await connect(urlOf(rig(), 'everything'))).client as Usable;
    const names = (await client.listTools()).tools.map(({ name }) => name);
    expect(names).toContain('echo');
    expect(names).not.toContain('get-env');
    expect(await client.callTool({ name: 'echo', arguments: { message: 'hi' } })).toMatchObject({
      content: [{ type: 'text', text: 'Echo: hi' }],
    });
    await expect(client.callTool({ name: 'get-env', arguments: {} })).rejects.toThrow(
      'Unknown tool: get-env',
    );
  });

  test('uses server-filesystem and server-memory', async () => {
    const files = (await connect(urlOf(rig(), 'files'))).client as Usable;
    const read = (path: string) => files.callTool({ name: 'read_text_file', arguments: { path } });
    expect((await files.listTools()).tools).toHaveLength(14);
    expect(JSON.stringify(await read(join(directory, 'a.txt')))).toContain('what is in it');
    await expect(read(join(directory, 'secret.txt'))).rejects.toThrow('Unknown tool');
    const memory = (await connect(urlOf(rig(), 'memory'))).client as Usable;
    const entities = [{ name: 'x', entityType: 'thing', observations: ['seen'] }];
    await memory.callTool({ name: 'create_entities', arguments: { entities } });
    expect(JSON.stringify(await memory.callTool({ name: 'read_graph' }))).toContain('seen');
  });

  test('uses a server of the second SDK', async () => {
    const client = (await connect(urlOf(rig(), 'new'))).client as Usable;
    expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(['list_issues']);
    const said = JSON.stringify(await client.callTool({ name: 'list_issues', arguments: { id: 7 } }));
    expect(said).toContain('list_issues 7 of');
    await expect(client.callTool({ name: 'delete_issue' })).rejects.toThrow('Unknown tool: delete_issue');
  });
});
