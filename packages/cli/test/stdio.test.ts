import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { createDesk } from './pai.ts';

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const server = fileURLToPath(new URL('../../sidecar/test/stdio/odd-server.ts', import.meta.url));

const provider = (lines: string) => `apiVersion: pai.io/v1
kind: Provider
metadata: {name: tools}
spec:
  type: mcp
  mcp:
    transport: stdio
    ${lines}
  policy: {mcp: {deniedTools: [crash]}}
`;

test('pai run has a program answer the requests of a command', async () => {
  const desk = await createDesk();
  const file = join(desk.directory, 'tools.yaml');
  await writeFile(file, provider(`command: ${JSON.stringify([process.execPath, server])}`));
  expect(await desk.pai(['apply', '-f', file])).toMatchObject({ status: 0, err: '' });
  const script = `
    const headers = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };
    const post = async (id, method, params) => {
      const body = JSON.stringify({ jsonrpc: '2.0', id, method, params });
      const response = await fetch('https://tools.mcp.pai.internal/mcp', { method: 'POST', headers, body });
      headers['mcp-session-id'] ??= response.headers.get('mcp-session-id');
      return JSON.parse((await response.text()).match(/[{].*/)[0]);
    };
    const info = { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'x', version: '1' } };
    console.log((await post(0, 'initialize', info)).result.serverInfo.name);
    console.log((await post(1, 'tools/call', { name: 'pid', arguments: {} })).result.content[0].text);
    console.log((await post(2, 'tools/call', { name: 'crash', arguments: {} })).error.message);
  `;
  const words = ['run', '--provider', 'tools', '--', process.execPath, '--input-type=module', '-e', script];
  const { status, out, err } = await desk.child(words);
  expect({ status, err }).toEqual({ status: 0, err: '' });
  const [name, pid = '', denied] = out.split('\n');
  expect([name, denied]).toEqual(['odd', 'Unknown tool: crash']);
  expect(() => process.kill(Number(pid), 0)).toThrow();
  const audit = (await readFile(join(desk.home, 'audit.jsonl'), 'utf8')).trim().split('\n');
  expect(audit.map((line) => JSON.parse(line)).map(({ decision, actions }) => [decision, actions])).toEqual([
    ['allow', ['initialize']],
    ['allow', ['pid']],
    ['deny', ['crash']],
  ]);
});

test('pai mcp ends its program and records every request when it is told to stop', async () => {
  const desk = await createDesk();
  const file = join(desk.directory, 'tools.yaml');
  await writeFile(file, provider(`command: ${JSON.stringify([process.execPath, server])}`));
  await desk.pai(['apply', '-f', file]);
  const child = spawn(process.execPath, [main, 'mcp', 'tools'], {
    env: { PAI_HOME: desk.home, PATH: process.env['PATH'] },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const params = { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'x', version: '1' } };
  child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'initialize', params })}\n`);
  await once(child.stdout, 'data');
  child.kill('SIGTERM');
  expect(await once(child, 'exit')).toEqual([0, null]);
  expect(await readFile(join(desk.home, 'audit.jsonl'), 'utf8')).toContain('"actions":["initialize"]');
});

test('pai explain judges a request for a program, and starts none', async () => {
  const desk = await createDesk();
  const file = join(desk.directory, 'tools.yaml');
  await writeFile(file, provider('command: [no-such-program]'));
  await desk.pai(['apply', '-f', file]);
  const { status, out } = await desk.pai(['explain', 'DELETE', 'https://tools.mcp.pai.internal/mcp']);
  expect(status).toBe(0);
  expect(out).toContain('transport/close');
});

test.each([
  ['url: https://x/', /tools\.yaml:8: .*mcp\.url: it is for a server that is somewhere else/],
  [
    'command: [./x]',
    /tools\.yaml:8: .*mcp\.command\[0\]: it is .*x.*, which is neither a name nor an absolute path/,
  ],
  ['command: []', /tools\.yaml:8: .*spec\.mcp\.command/],
  ['comand: [x]', /tools\.yaml:8: .*comand.*command/],
  ['{env: {A: 1}, command: [x]}', /tools\.yaml/],
])('pai apply says what is wrong with %s', async (lines, why) => {
  const desk = await createDesk();
  const file = join(desk.directory, 'tools.yaml');
  await writeFile(file, provider(lines));
  const { status, err } = await desk.pai(['apply', '-f', file]);
  expect(status).toBe(1);
  expect(err).toMatch(why);
});
