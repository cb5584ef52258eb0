import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { cpuSeconds } from '../../../test/cpu-time.ts';
import { nameMutation } from '../src/graphql/mutations.ts';
import { mutationNames, schemaMutation } from '../src/graphql/schema.ts';
import { verbs } from '../src/verbs.ts';
import { resolveQuery, shown } from './graphql-request.ts';
import { lookupOf, resolve } from './request.ts';

const here = 'myorg/repo-a';
const lookup = lookupOf({
  PR_here: { type: 'PullRequest', repository: here },
  PR_there: { type: 'PullRequest', repository: 'other/secret' },
  I_here: { type: 'Issue', repository: here },
  LA_there: { type: 'Label', repository: 'other/secret' },
  R_here: { type: 'Repository', repository: here },
  R_there: { type: 'Repository', repository: 'other/secret' },
  O_1: { type: 'Organization' },
  U_1: { type: 'User' },
  PVT_1: { type: 'ProjectV2' },
  G_1: { type: 'Gist' },
});

const run = async (query: string, variables?: unknown) => shown(await resolveQuery(query, variables, lookup));
const mutate = (fields: string, variables?: unknown) => run(`mutation{${fields}}`, variables);

describe('the table of mutations', () => {
  test('has 247, and names 125 of them otherwise than by themselves', () => {
    const named = mutationNames().filter((mutation) => {
      const name = nameMutation(mutation);
      return !('name' in name) || name.name !== `admin:graphql:${mutation}`;
    });
    expect(mutationNames()).toHaveLength(247);
    expect(named).toHaveLength(125);
  });

  test('names no mutation that the schema has not', () => {
    const text = readFileSync(join(import.meta.dirname, '../src/graphql/mutations.ts'), 'utf8');
    const listed = [...text.matchAll(/^[a-z:-]+: (.*)$/gm), ...text.matchAll(/^ {2}\['(\w+)',/gm)];
    const names = listed.flatMap(([, names = '']) => names.split(' '));
    expect(names.filter((name) => schemaMutation(name) === undefined)).toEqual([]);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toHaveLength(125);
  });

  test.each(mutationNames())('names %s as the vocabulary does', async (mutation) => {
    const name = nameMutation(mutation);
    if (!('name' in name)) {
      expect(schemaMutation(mutation)?.ids).toContain(name.argument);
      expect(await mutate(`${mutation}(input:{${name.argument}:"PR_here"}){clientMutationId}`)).toEqual([
        `pulls:${name.verb} ${here}`,
      ]);
      return;
    }
    const [action, ...others] = await mutate(`x:${mutation}(input:{}){clientMutationId}`);
    expect(others).toEqual([]);
    expect(action).toBe(`${name.name} ${name.name.startsWith('followers:') ? '-' : 'any'}`);
    expect([...verbs, mutation]).toContain(name.name.split(':').at(-1));
  });

  test('names one that GitHub invents tomorrow by itself, when it reads nothing', async () => {
    expect(await mutate('eraseAll(input:{})')).toEqual(['admin:graphql:eraseAll any']);
    expect(await mutate('eraseAll(input:{}){clientMutationId}')).toEqual(['admin:graphql:eraseAll any']);
    expect(await mutate('eraseAll(input:{}){issue{id url}}')).toEqual(['admin:graphql:eraseAll any']);
    expect(await mutate('eraseAll(input:{}){issue{title}}')).toMatch(/^unresolved/);
    expect(await mutate('eraseAll(input:{}){repository{object{... on Blob{text}}}}')).toMatch(/^unresolved/);
  });
});

describe('every root field of a mutation counts', () => {
  const merge = 'mergePullRequest(input:{pullRequestId:"PR_here"}){clientMutationId}';
  test.each([
    ['alone (G1)', `mutation{${merge}}`],
    ['by an alias (G2)', `mutation{createIssue:${merge}}`],
    ['in a fragment (G2)', `mutation{...a} fragment a on Mutation{${merge}}`],
    [
      'in fragments of fragments',
      `mutation{...a} fragment a on Mutation{...b} fragment b on Mutation{...a ${merge}}`,
    ],
    ['in an inline fragment', `mutation{... on Mutation{...{${merge}}}}`],
    ['skipped', `mutation($no:Boolean=true){a:${merge.replace('){', ')@skip(if:$no){')}}`],
    ['not included', `mutation{...@include(if:false){${merge}}}`],
  ])('%s', async (_what, query) => {
    expect(await run(query)).toEqual([`pulls:merge ${here}`]);
  });

  test('beside others', async () => {
    const close = 'closeIssue(input:{issueId:"I_here"}){issue{id}}';
    expect(await mutate(`a:${close} ${merge} b:${close}`)).toEqual([
      `issues:update ${here}`,
      `pulls:merge ${here}`,
    ]);
  });
});

describe('the node of an argument says what a mutation is done to', () => {
  const legacy = (text: string) => Buffer.from(text).toString('base64');
  test.each([
    ['PR_kwDOx', 'pulls'],
    ['PRR_kwDOx', 'pulls'],
    ['PRRC_kwDOx', 'pulls'],
    ['PRRT_kwDOx', 'pulls'],
    ['I_kwDOx', 'issues'],
    ['IC_kwDOx', 'issues'],
    ['D_kwDOx', 'discussions'],
    ['DC_kwDOx', 'discussions'],
    ['RE_kwDOx', 'releases'],
    [legacy('011:PullRequest123'), 'pulls'],
    [legacy('024:PullRequestReviewComment123'), 'pulls'],
    [legacy('05:Issue123'), 'issues'],
    [legacy('012:IssueComment123'), 'issues'],
    [legacy('010:Discussion9'), 'discussions'],
  ])('%s: %s', async (id, resource) => {
    expect(await mutate(`addReaction(input:{subjectId:"${id}",content:EYES}){clientMutationId}`)).toEqual([
      `${resource}:react any`,
    ]);
  });

  test.each([
    ['CC_kwDOx'],
    ['X_kwDOx'],
    ['R_kwDOx'],
    ['pr_kwDOx'],
    ['PR'],
    ['PR_'],
    ['PR_a b'],
    [''],
    [legacy('013:CommitComment1')],
    [legacy('012:PullRequest123')],
    [`${legacy('011:PullRequest123')}*`],
    [legacy('PullRequest123')],
  ])('%j: unresolved', async (id) => {
    expect(await mutate(`addComment(input:{subjectId:"${id}",body:"x"}){clientMutationId}`)).toMatch(
      /^unresolved/,
    );
  });

  test('what was written may be shown, whatever the interface that shows it', async () => {
    const answer = 'lockedRecord{locked activeLockReason}';
    expect(await mutate(`lockLockable(input:{lockableId:"I_kwDOx"}){${answer}}`)).toEqual([
      'issues:lock any',
    ]);
    const other = 'lockedRecord{... on Discussion{title}}';
    expect(await mutate(`lockLockable(input:{lockableId:"I_kwDOx"}){${other}}`)).toEqual([
      'issues:lock any',
      'discussions:read any',
    ]);
  });

  test('GitHub knows better than the id', async () => {
    const known = lookupOf({
      I_kw: { type: 'PullRequest', repository: here },
      X_kw: { type: 'Issue', repository: here },
    });
    const comment = (id: string) =>
      resolveQuery(`mutation{addComment(input:{subjectId:"${id}"}){clientMutationId}}`, {}, known);
    expect(shown(await comment('I_kw'))).toEqual([`pulls:comment ${here}`]);
    expect(shown(await comment('X_kw'))).toEqual([`issues:comment ${here}`]);
  });

  test.each([
    ['updateIssueComment(input:{id:"IC_x",body:"b"}){issueComment{body}}', 'update'],
    ['deleteIssueComment(input:{id:"IC_x"}){clientMutationId}', 'delete'],
    ['addReaction(input:{subjectId:"IC_x",content:EYES}){clientMutationId}', 'react'],
    ['minimizeComment(input:{subjectId:"IC_x",classifier:SPAM}){clientMutationId}', 'update'],
  ])('%s is of pulls where the comment is on a pull request, as over REST', async (mutation, verb) => {
    const comment = { type: 'IssueComment', repository: here };
    const named = async (node: object) =>
      shown(await resolveQuery(`mutation{${mutation}}`, {}, lookupOf({ IC_x: { ...comment, ...node } })));
    expect(await named({ isOnPull: true })).toEqual([`pulls:${verb} ${here}`]);
    expect(await named({})).toEqual([`issues:${verb} ${here}`]);
  });

  test.each([
    ['none', 'input:{}'],
    ['null', 'input:{subjectId:null}'],
    ['two', 'input:{subjectId:["PR_here","I_here"]}'],
    ['an object', 'input:{subjectId:{a:1}}'],
    ['a fraction', 'input:{subjectId:1.5}'],
    ['a variable that is not declared', 'input:{subjectId:$id}'],
    ['an input given twice', 'input:{subjectId:"I_here"},input:{subjectId:"PR_here"}'],
    ['an argument given twice', 'input:{subjectId:"I_here",subjectId:"PR_here"}'],
  ])('%s: unresolved', async (_what, args) => {
    expect(await mutate(`addComment(${args}){clientMutationId}`)).toMatch(/^unresolved/);
  });
});

describe('arguments come from literals and from variables', () => {
  test.each([
    [
      'the whole input',
      'mutation($i:I!){addComment(input:$i){clientMutationId}}',
      { i: { subjectId: 'PR_here' } },
    ],
    ['one member', 'mutation($s:ID!){addComment(input:{subjectId:$s}){clientMutationId}}', { s: 'PR_here' }],
    ['a default', 'mutation($s:ID="PR_here"){addComment(input:{subjectId:$s}){clientMutationId}}', {}],
    [
      'a value over a default',
      'mutation($s:ID="I_here"){addComment(input:{subjectId:$s}){clientMutationId}}',
      { s: 'PR_here' },
    ],
    ['a block string', 'mutation{addComment(input:{subjectId:"""PR_here"""}){clientMutationId}}', {}],
    ['an escaped string', 'mutation{addComment(input:{subjectId:"\\u0050R_here"}){clientMutationId}}', {}],
    ['a list of one', 'mutation{addComment(input:{subjectId:["PR_here"]}){clientMutationId}}', {}],
  ])('%s', async (_what, query, variables) => {
    expect(await run(query, variables)).toEqual([`pulls:comment ${here}`]);
  });

  test.each([
    [
      'null over a default',
      'mutation($s:ID="I_here"){addComment(input:{subjectId:$s}){clientMutationId}}',
      { s: null },
    ],
    [
      'a variable declared twice',
      'mutation($s:ID="I_here",$s:ID="PR_here"){addComment(input:{subjectId:$s}){clientMutationId}}',
      {},
    ],
    ['an inherited name', 'mutation{addComment(input:$__proto__){clientMutationId}}', {}],
    ['an input that is no object', 'mutation{addComment(input:"PR_here"){clientMutationId}}', {}],
  ])('%s: unresolved', async (_what, query, variables) => {
    expect(await run(query, variables)).toMatch(/^unresolved/);
  });
});

describe('a review', () => {
  const review = (event: string) =>
    `addPullRequestReview(input:{pullRequestId:"PR_here"${event}}){clientMutationId}`;
  test.each([
    [mutationOf(review(',event:APPROVE')), {}],
    [mutationOf(review(',event:"APPROVE"')), {}],
    [mutationOf(review(',event:$e'), '($e:E)'), { e: 'APPROVE' }],
    [mutationOf(review(',event:$e'), '($e:E=APPROVE)'), {}],
    [
      mutationOf(
        'submitPullRequestReview(input:{pullRequestReviewId:"PR_here",event:APPROVE}){clientMutationId}',
      ),
      {},
    ],
  ])('that approves is also pulls:approve (%#)', async (query, variables) => {
    expect(await run(query, variables)).toEqual([`pulls:review ${here}`, `pulls:approve ${here}`]);
  });

  test.each(['', ',event:COMMENT', ',event:null', ',body:"APPROVE"'])(
    'with %j only reviews',
    async (event) => {
      expect(await mutate(review(event))).toEqual([`pulls:review ${here}`]);
    },
  );

  test('with an event that is no word is unresolved', async () => {
    expect(await mutate(review(',event:[APPROVE]'))).toMatch(/^unresolved/);
  });
});

describe('a mutation is on the repositories of its nodes', () => {
  test.each([
    ['closePullRequest(input:{pullRequestId:"PR_there"}){clientMutationId}', ['pulls:update other/secret']],
    [
      'createIssue(input:{repositoryId:"R_here",title:"t",assigneeIds:["U_1"]}){clientMutationId}',
      [`issues:create ${here}`],
    ],
    [
      'createIssue(input:{repositoryId:"R_here",title:"t",labelIds:["LA_there"]}){clientMutationId}',
      ['issues:create other/secret', `issues:create ${here}`],
    ],
    [
      'createPullRequest(input:{repositoryId:"R_here",headRepositoryId:"R_there"}){clientMutationId}',
      ['pulls:create other/secret', `pulls:create ${here}`],
    ],
    [
      'createPullRequest(input:{repositoryId:"R_here",headRefName:"other:topic"}){clientMutationId}',
      [`pulls:create ${here}`],
    ],
    [
      'createPullRequest(input:{repositoryId:"R_here",headRefName:"other:secret:topic"}){clientMutationId}',
      [`pulls:create ${here}`, 'pulls:create any'],
    ],
    [
      'transferIssue(input:{issueId:"I_here",repositoryId:"R_there"}){clientMutationId}',
      [`issues:transfer ${here}`, 'issues:transfer other/secret'],
    ],
    [
      'requestReviews(input:{pullRequestId:"PR_here",userIds:["U_1"],teamIds:["T_1"]}){clientMutationId}',
      [`pulls:update ${here}`],
    ],
    ['createRepository(input:{ownerId:"O_1",name:"x"}){clientMutationId}', ['admin:repos:create any']],
    [
      'cloneTemplateRepository(input:{repositoryId:"R_here",ownerId:"O_1"}){clientMutationId}',
      [`admin:repos:create any`, `admin:repos:create ${here}`],
    ],
    [
      'addProjectV2ItemById(input:{projectId:"PVT_1",contentId:"I_here"}){clientMutationId}',
      [`projects:update ${here}`, 'projects:update any'],
    ],
    ['closeIssue(input:{issueId:"I_unknown"}){clientMutationId}', ['issues:update any']],
    [
      'addSubIssue(input:{issueId:"I_here",subIssueUrl:"https://github.com/other/secret/issues/1"}){clientMutationId}',
      ['admin:graphql:addSubIssue any', `admin:graphql:addSubIssue ${here}`],
    ],
    [
      'closeIssue(input:{issueId:"I_here",newRelatedIssueIds:["I_here",null,"PR_there"]}){clientMutationId}',
      [`issues:update ${here}`, 'issues:update other/secret'],
    ],
    [
      'createIssue(input:{repositoryId:"R_here",title:"t",issueTypeId:"IT_1",clientMutationId:"PR_there"}){clientMutationId}',
      [`issues:create ${here}`],
    ],
    [
      'updateIssue(input:{id:"I_here",assigneeIds:["U_1"],agentAssignment:{targetRepositoryId:"R_there",baseRef:"main"}}){clientMutationId}',
      [
        'agents:create other/secret',
        `agents:create ${here}`,
        `issues:update ${here}`,
        'issues:update other/secret',
      ],
    ],
    [
      'addAssigneesToAssignable(input:{assignableId:"PR_here",assigneeIds:["U_1"],agentAssignment:{customInstructions:"x"}}){clientMutationId}',
      [`agents:create ${here}`, `pulls:update ${here}`],
    ],
    ['updateIssue(input:{id:"I_here",agentAssignment:null}){clientMutationId}', [`issues:update ${here}`]],
    ['followUser(input:{userId:"U_1"}){clientMutationId}', ['followers:update -']],
    ['addStar(input:{starrableId:"R_there"}){clientMutationId}', ['stars:update other/secret']],
    ['addStar(input:{starrableId:"G_1"}){clientMutationId}', ['stars:update -']],
    [
      'createCommitOnBranch(input:{branch:{repositoryNameWithOwner:"o/r",branchName:"b"}}){clientMutationId}',
      ['contents:update o/r'],
    ],
    [
      'createCommitOnBranch(input:{branch:{id:"R_there"}}){clientMutationId}',
      ['contents:update other/secret'],
    ],
    [
      'createCommitOnBranch(input:{branch:{repositoryNameWithOwner:"o/r/../x"}}){clientMutationId}',
      ['contents:update any'],
    ],
  ])('%s', async (fields, actions) => {
    expect([...(await mutate(fields))].sort()).toEqual([...actions].sort());
  });

  test('a look-up that fails leaves it unresolved', async () => {
    const failing = {
      ...lookup,
      node: () => Promise.reject(Object.assign(new Error('GitHub says no'), { name: 'PaiError' })),
    };
    const query = 'mutation{closeIssue(input:{issueId:"I_here"}){clientMutationId}}';
    expect(shown(await resolveQuery(query, {}, failing))).toBe('unresolved: GitHub says no');
  });

  test('a hundred nodes are looked up, and no more', async () => {
    const query = (count: number) =>
      `mutation{addLabelsToLabelable(input:{labelableId:"I_here",labelIds:${JSON.stringify(Array.from({ length: count }, (_, i) => `LA_${i}`))}}){clientMutationId}}`;
    expect(await run(query(99))).toContain('issues:update any');
    expect(await run(query(100))).toMatch(/^unresolved: .*100 nodes/);
  });
});

describe('what would hold up all other requests is unresolved', () => {
  const items = 'timelineItems{nodes{...on Node{id}}}'.repeat(300);
  const answer = `fragment F on AddCommentPayload{subject{...on PullRequest{${items}}}}`;
  const comments = Array.from({ length: 700 }, (_, i) => `m${i}:addComment(input:$i){...F}`).join(' ');

  test('answers of many mutations that are large together', async () => {
    const variables = { i: { subjectId: 'PR_here', body: 'x' } };
    expect(await run(`mutation($i:AddCommentInput!){${comments}} ${answer}`, variables)).toMatch(/too large/);
  });

  const many = <T>(count: number, of: (index: number) => T): readonly T[] =>
    Array.from({ length: count }, (_, i) => of(i));
  test.each([
    ['ids', 'query($i:[ID!]!)', 'nodes(ids:$i){id}', many(200_000, () => 'a')],
    ['lists', 'mutation($i:I!)', 'updateIssue(input:$i){__typename}', { labelIds: many(200_000, () => []) }],
    [
      'members',
      'mutation($i:I!)',
      'updateIssue(input:$i){__typename}',
      Object.fromEntries(many(40_000, (i) => [`k${i}`, 1])),
    ],
  ])('many %s that many fields take', async (_what, head, field, i) => {
    const fields = many(1_500, (index) => `f${index}:${field}`).join(' ');
    const read = async () => expect(await run(`${head}{${fields}}`, { i })).toMatch(/more/);
    expect(await cpuSeconds(read)).toBeLessThan(2);
  });

  test('a type of content with much space in it', async () => {
    const headers = ['content-type', `application/json${' '.repeat(60_000)}x`];
    const read = async () =>
      expect(shown(await resolve('POST', '/graphql', { headers, body: '{}' }))).toMatch(/^unresolved/);
    expect(await cpuSeconds(read)).toBeLessThan(1);
  });

  test('an id as long as a book', async () => {
    const id = 'x'.repeat(600);
    expect(await mutate(`closeIssue(input:{issueId:"PR_${id}"}){clientMutationId}`)).toMatch(/too long/);
  });
});

describe('the answer of a mutation', () => {
  const comment = (answer: string) => mutate(`addComment(input:{subjectId:"I_here"}){${answer}}`);
  test.each([
    'clientMutationId',
    'commentEdge{node{url body createdAt}}',
    'subject{id}',
    'subject{... on Issue{title body author{login}}}',
  ])('may show what was written: %s', async (answer) => {
    expect(await comment(answer)).toEqual([`issues:comment ${here}`]);
  });

  test.each([
    [
      'subject{... on Issue{repository{object(expression:"main:a"){... on Blob{text}}}}}',
      [`contents:read ${here}`],
    ],
    ['subject{... on Issue{repository{issues{nodes{title}}}}}', [`issues:read ${here}`]],
    ['subject{... on Issue{repository{forks{nodes{description}}}}}', ['repos:read any']],
    ['commentEdge{node{author{... on User{bio}}}}', ['users:read -']],
    ['timelineEdge{node{... on CrossReferencedEvent{source{... on Issue{title}}}}}', ['issues:read any']],
  ])('counts as a query for what it reads further on: %s', async (answer, actions) => {
    expect([...(await comment(answer))].sort()).toEqual([`issues:comment ${here}`, ...actions].sort());
  });
});

function mutationOf(fields: string, variables = ''): string {
  return `mutation${variables}{${fields}}`;
}
