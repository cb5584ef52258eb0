import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { digestOf } from '@pai/core';
import { describe, expect, test } from 'vitest';
import { readApprovals, readApprovalsText, writeApprovals } from '../../src/approvals/approvals-file.ts';
import { formatDefinition } from '../../src/approvals/definition-text.ts';
import { followApprovals } from '../../src/approvals/follow.ts';
import { approvalsPath } from '../../src/home.ts';
import { builtinPlugins } from '../../src/plugins.ts';
import { readResources } from '../../src/resources.ts';
import { applyResources, deleteResource } from '../../src/state.ts';
import { failureOf, temporaryHome } from '../temporary-home.ts';

const definition = {
  name: 'read',
  description: 'line one\nline two: "x" # \u202e',
  inputSchema: { type: 'object' },
};
const tool = { name: 'read', digest: digestOf(definition), definition: formatDefinition(definition) };
const provider = `apiVersion: pai.io/v1
kind: Provider
metadata: {name: tracker}
spec: {type: mcp, mcp: {url: "https://mcp.example.com/sse"}, policy: {mcp: {pin: true}}}
`;

async function stored(home: string) {
  return readApprovals(home, 'default', 'tracker', await readApprovalsText(home, 'default', 'tracker'));
}

test('are kept as they were given, in a file for this user that people can read', async () => {
  const home = await temporaryHome();
  await writeApprovals(home, 'default', 'tracker', [tool, { ...tool, name: 'a' }]);
  expect(await stored(home)).toEqual({ tools: [{ ...tool, name: 'a' }, tool] });
  const path = approvalsPath(home, 'default', 'tracker');
  expect(await readFile(path, 'utf8')).toContain(
    '      "description": "line one\\nline two: \\"x\\" # \\u202e",\n',
  );
  expect((await stat(path)).mode & 0o777).toBe(0o600);
});

test('go when their Provider goes, and no name leads out of the home', async () => {
  const home = await temporaryHome();
  await applyResources(
    home,
    await readResources([{ file: 'a', text: provider }], { plugins: builtinPlugins }),
  );
  await writeApprovals(home, 'default', 'tracker', [tool]);
  await deleteResource(home, { kind: 'Provider', namespace: 'default', name: 'tracker' });
  expect(await stored(home)).toEqual({ tools: [] });
  expect(await failureOf(writeApprovals(home, 'default', '../x', [tool]))).toMatchObject({
    code: 'config_invalid',
  });
});

describe('a file that is not whole approves nothing, and says where', () => {
  test.each([
    ['no YAML', (text: string) => `${text}\n  - [`, /:\d+: not valid YAML/],
    ['two documents', (text: string) => `${text}---\n${text}`, /not one document/],
    ['nothing', () => '', /not one document/],
    [
      'a digest of another definition',
      (text: string) => text.replace('line two', 'line 2'),
      /:\d+: the digest of "read" is not/,
    ],
    [
      'a definition that is no JSON',
      (text: string) => text.replace('"name"', 'name'),
      /the digest of "read" is not/,
    ],
    [
      'a tool twice',
      (text: string) => text + text.slice(text.indexOf('  - name')),
      /"read" stands here twice/,
    ],
    [
      'another Provider',
      (text: string) => text.replace('name: tracker', 'name: other'),
      /of another Provider/,
    ],
    ['a key that is not known', (text: string) => `${text}approveAll: true\n`, /approveAll/],
    ['another version', (text: string) => text.replace('pai.io/v1', 'pai.io/v9'), /apiVersion/],
  ])('%s', async (_, change, why) => {
    const home = await temporaryHome();
    await writeApprovals(home, 'default', 'tracker', [tool]);
    const path = approvalsPath(home, 'default', 'tracker');
    await writeFile(path, change(await readFile(path, 'utf8')));
    expect(await stored(home)).toEqual({ tools: [], problem: expect.stringMatching(why) });
  });

  test('a directory in its place', async () => {
    const home = await temporaryHome();
    const logs: string[] = [];
    await mkdir(approvalsPath(home, 'default', 'tracker'), { recursive: true });
    const { open } = followApprovals(home, (line) => void logs.push(line));
    expect((await open('default', 'tracker')).approvedDigest('read')).toBeUndefined();
    expect(logs).toEqual([
      'tracker: none of its tools is approved, so that they are hidden; run: pai approve tracker',
    ]);
  });
});

test('are followed, one for each Provider, and say once what is wrong', async () => {
  const home = await temporaryHome();
  const logs: string[] = [];
  const { open, refresh } = followApprovals(home, (line) => void logs.push(line));
  const [approvals, again, other] = await Promise.all([
    open('default', 'tracker'),
    open('default', 'tracker'),
    open('team', 'tracker'),
  ]);
  expect(again).toBe(approvals);
  expect(other).not.toBe(approvals);
  await writeApprovals(home, 'default', 'tracker', [tool]);
  await refresh();
  expect(approvals.approvedDigest('read')).toBe(tool.digest);
  expect(other.approvedDigest('read')).toBeUndefined();
  const path = approvalsPath(home, 'default', 'tracker');
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, 'tools: [');
  await Promise.all([refresh(), refresh()]);
  await refresh();
  expect(approvals.approvedDigest('read')).toBeUndefined();
  expect(logs.filter((line) => line.includes('cannot be read'))).toHaveLength(1);
});

test('remember a bounded number of tools that were seen', async () => {
  const { open } = followApprovals(await temporaryHome());
  const approvals = await open('default', 'tracker');
  for (let i = 0; i <= 10_000; i += 1) approvals.see(`t${i}`, `d${i}`, {});
  expect([approvals.seenDigest('t0'), approvals.seenDigest('t1')]).toEqual([undefined, 'd1']);
});

test('remember an approved tool that has changed, whatever else its server lists', async () => {
  const home = await temporaryHome();
  await writeApprovals(home, 'default', 'tracker', [tool]);
  const approvals = await followApprovals(home).open('default', 'tracker');
  approvals.see('read', 'changed', {});
  for (let i = 0; i <= 20_000; i += 1) approvals.see(`t${i}`, `d${i}`, {});
  expect([approvals.seenDigest('read'), approvals.seenDigest('t0')]).toEqual(['changed', undefined]);
});

test('are not written over those that another has stored meanwhile', async () => {
  const home = await temporaryHome();
  const before = await readApprovalsText(home, 'default', 'tracker');
  await writeApprovals(home, 'default', 'tracker', [tool], { before });
  const stale = writeApprovals(home, 'default', 'tracker', [{ ...tool, name: 'gone' }], { before });
  expect(await failureOf(stale)).toMatchObject({ code: 'state_unwritable' });
  expect((await stored(home)).tools).toEqual([tool]);
});
