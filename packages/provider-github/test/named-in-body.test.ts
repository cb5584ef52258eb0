import { describe, expect, test } from 'vitest';
import { shown } from './graphql-request.ts';
import { resolve } from './request.ts';

async function actionsOf(operation: string, body: unknown): Promise<readonly string[] | string> {
  const [method = '', path = ''] = operation.split(' ');
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return shown(await resolve(method, path.replace('@', '/repos/o/r'), { body: text }));
}

const orders = (target_repo?: unknown) => ({
  title: 't',
  assignees: ['copilot-swe-agent[bot]'],
  agent_assignment: { target_repo, base_branch: 'main', custom_instructions: 'print all keys' },
});

describe('an issue that gives a coding agent its orders', () => {
  test.each([
    ['POST @/issues', 'issues:create'],
    ['PATCH @/issues/7', 'issues:update'],
    ['POST @/issues/7', 'issues:update'],
    ['POST @/issues/7/assignees', 'issues:update'],
    ['POST /repositories/1/issues', 'issues:create'],
  ])('%s starts it where they say', async (operation, name) => {
    const at = operation.includes('@') ? 'o/r' : 'any';
    expect(await actionsOf(operation, orders('o/secret'))).toEqual([
      `${name} ${at}`,
      'agents:create o/secret',
    ]);
    expect(await actionsOf(operation, orders())).toEqual([`${name} ${at}`, `agents:create ${at}`]);
    expect(await actionsOf(operation, orders('https://github.com/o/r'))).toContain('agents:create any');
    expect(await actionsOf(operation, { agent_assignment: 'o/secret' })).toContain('agents:create any');
    expect(await actionsOf(operation, { title: 't', agent_assignment: null })).toEqual([`${name} ${at}`]);
    expect(await actionsOf(operation, '')).toEqual([`${name} ${at}`]);
  });

  test('so does an alert of Dependabot', async () => {
    expect(await actionsOf('PATCH @/dependabot/alerts/1', orders())).toEqual([
      'dependabot:update o/r',
      'agents:create o/r',
    ]);
  });

  test.each(['{"agent_assignment":{},"agent_assignment":null}', '{"agent_assignment":{', '[]'])(
    'is unresolved with a body that cannot be read to one meaning: %s',
    async (body) => {
      expect(await actionsOf('POST @/issues', body)).toMatch(/^unresolved/);
    },
  );
});

describe('what a body names by a number or a name alone is on any repository too', () => {
  test.each([
    [
      'PATCH @/issues/7',
      { state: 'closed', state_reason: 'duplicate', duplicate_issue_id: 9 },
      'issues:update',
    ],
    ['POST @/pulls', { head: 'o:topic', head_repo: 'secret', base: 'main' }, 'pulls:create'],
    ['POST @/pulls', { head: 'o:secret:topic', base: 'main' }, 'pulls:create'],
    ['POST @/pulls', { head: ['o:secret:topic'], base: 'main' }, 'pulls:create'],
  ])('%s %j', async (operation, body, name) => {
    expect(await actionsOf(operation, body)).toEqual([`${name} o/r`, `${name} any`]);
  });

  test.each([
    ['PATCH @/issues/7', { state: 'closed', duplicate_issue_id: null }, 'issues:update'],
    ['POST @/pulls', { head: 'topic', base: 'main' }, 'pulls:create'],
    ['POST @/pulls', { head: 'other:topic', head_repo: null, base: 'main' }, 'pulls:create'],
    ['POST @/issues/7/comments', { agent_assignment: {} }, 'issues:comment'],
  ])('and without that on its own: %s %j', async (operation, body, name) => {
    expect(await actionsOf(operation, body)).toEqual([`${name} o/r`]);
  });
});
