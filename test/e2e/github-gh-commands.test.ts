import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { findProgram, output } from './run-client.ts';

const cwd = mkdtempSync(join(tmpdir(), 'pai-e2e-gh-'));
writeFileSync(join(cwd, 'a.txt'), 'content');
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

interface AuditLine {
  readonly path: string;
  readonly provider?: string;
  readonly actions: string[];
  readonly unresolved?: string;
}

const watched = () =>
  readFileSync(inject('auditLog'), 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as AuditLine)
    .filter(({ provider }) => provider === 'github-watcher');

/** Commands of gh 2.23, in an order in which each finds what it needs, and the actions of what each sends. */
const table = `
issue list = issues:read
issue view 1 = issues:read pulls:read
issue status = users:read issues:read
issue create -t x -b x = repos:read issues:create
issue comment 1 -b x = repos:read issues:comment
issue edit 1 -t y = issues:read pulls:read issues:update
issue pin 1 = issues:read pulls:read issues:update
issue lock 1 = issues:read pulls:read issues:lock
issue close 1 = issues:read pulls:read issues:update
issue reopen 1 = issues:read pulls:read issues:update
pr create -R myorg/watched -t x -b x -H other -B main = repos:read pulls:read pulls:create
pr list = pulls:read
pr view 2 = pulls:read statuses:read checks:read
pr status = pulls:read statuses:read checks:read admin:branch-protection:read search:read
pr checks 2 = pulls:read statuses:read checks:read
pr diff 2 = pulls:read
pr comment 2 -b x = pulls:read pulls:comment
pr edit 2 -t y = pulls:read pulls:update
pr ready 2 = pulls:read
pr review 2 --approve = pulls:read pulls:review pulls:approve
pr review 2 --request-changes -b x = pulls:read pulls:review
pr review 2 --comment -b x = pulls:read pulls:review
pr close 2 = pulls:read pulls:update
pr reopen 2 = pulls:read pulls:update
pr merge 2 --merge = meta:read pulls:read pulls:merge
repo view myorg/watched = repos:read contents:read
repo list myorg = orgs:read users:read repos:read
repo create new --private = admin:repos:create
repo fork myorg/watched --clone=false = admin:repos:fork
repo edit myorg/watched --description x = admin:repos:update
release list = releases:read
release create v9 a.txt -t x -n x = releases:read releases:create releases:update
release view v9 = releases:read
release upload v9 a.txt --clobber = releases:read releases:delete releases:update
release download v9 -p a.txt --clobber = releases:read
release delete v9 --yes = releases:read releases:delete
label list = labels:read
label create new -c ff0000 = labels:create
label edit new -c 00ff00 = labels:update
label delete new --yes = labels:delete
run list = actions:read
workflow list = actions:read
secret list = secrets:read
secret set NAME -b x = secrets:read
secret delete NAME = secrets:delete
gist list = gists:read
gist create a.txt = gists:create
search repos x = search:read
search issues x = search:read
search prs x = search:read
ssh-key list = admin:keys:read
gpg-key list = admin:keys:read
codespace list = codespaces:read
auth status = meta:read
api repos/{owner}/{repo}/hooks = admin:hooks:read
issue transfer 1 myorg/repo-a = repos:read issues:transfer
issue delete 1 --yes = issues:read pulls:read issues:delete
repo archive myorg/watched --yes = repos:read admin:repos:update
repo delete myorg/watched --yes = admin:repos:delete
`;

const rows = table
  .trim()
  .split('\n')
  .map((line) => line.split(' = ') as [string, string]);

/** What is asked for after each command, by numbers. */
const markers = '/gitignore/templates/';

describe.skipIf(findProgram('gh') === undefined)('gh', () => {
  let calls = 0;

  /** The names of what a command sends, once each. */
  const namesOf = async (command: string) => {
    const before = watched().length;
    // There gh keeps for a day what it has asked of the schema: the merge is the first to ask.
    const cache = { TMPDIR: cwd };
    const client = { env: { ...inject('watcherEnv'), GH_REPO: 'myorg/watched', ...cache }, cwd };
    await output('gh', command.split(' '), client);
    // Its line is the last. Under load one of them may be asked for again by gh, and come late.
    const last = `${markers}${calls++}`;
    await output('gh', ['api', last], client);
    await expect.poll(() => watched().some(({ path }) => path === last)).toBe(true);
    const lines = watched()
      .slice(before)
      .filter(({ path }) => !path.startsWith(markers));
    return [...new Set(lines.flatMap(({ actions, unresolved }) => unresolved ?? actions))].sort();
  };

  beforeAll(() => output('git', ['init', '--quiet'], { env: {}, cwd }));

  test.each(rows)('%s is %s', async (command, names) => {
    expect(await namesOf(command)).toEqual(names.split(' ').sort());
  });
});
