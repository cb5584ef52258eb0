import { compileRepositoryPattern, createScope } from '@pai/policy';
import { describe, expect, test } from 'vitest';
import { resourcesOf } from '../src/graphql/resources.ts';
import { schemaType, typeNames } from '../src/graphql/schema.ts';
import { resolveQuery, shown } from './graphql-request.ts';
import { lookupOf } from './request.ts';

const lookup = lookupOf({
  I_here: { type: 'Issue', repository: 'o/r' },
  PR_there: { type: 'PullRequest', repository: 'other/secret' },
  R_there: { type: 'Repository', repository: 'other/secret' },
  R_odd: { type: 'Repository', repository: 'o/r/x' },
  PVT_1: { type: 'ProjectV2' },
  U_1: { type: 'User' },
  NEW_1: { type: 'Invention', repository: 'o/r' },
});
const run = async (query: string, variables?: unknown) => shown(await resolveQuery(query, variables, lookup));
const here = (fields: string) => `{repository(owner:"o",name:"r"){${fields}}}`;
const author = 'fragment A on Issue{author{login}}';

describe('reading in a repository', () => {
  test.each([
    ['id name url', 'repos'],
    ['description stargazerCount', 'repos'],
    ['__typename', 'repos'],
    ['description issues{nodes{title}}', 'issues'],
    ['id issues{nodes{number}}', 'issues'],
    ['issues{totalCount}', 'issues'],
    ['issues{nodes{author{login}}}', 'issues'],
    ['issues{edges{cursor node{title}} pageInfo{endCursor}}', 'issues'],
    ['issue(number:1){comments{nodes{body}} labels{nodes{color}} milestone{title}}', 'issues'],
    ['pullRequest(number:1){title comments{nodes{body}} mergeCommit{oid} author{login avatarUrl}}', 'pulls'],
    ['pullRequest(number:1){reviews{nodes{body}} reviewThreads{nodes{comments{nodes{diffHunk}}}}}', 'pulls'],
    ['pullRequest(number:1){id}', 'pulls'],
    [
      'issueOrPullRequest(number:1){__typename ... on Issue{title} ... on PullRequest{title}}',
      'issues pulls',
    ],
    ['issueOrPullRequest(number:1){... on Comment{body}}', 'issues pulls'],
    ['object(expression:"main:a"){... on Blob{text}}', 'contents'],
    ['object(expression:"main:"){... on Tree{entries{name}}}', 'contents'],
    ['refs(refPrefix:"refs/heads/",first:9){nodes{name}}', 'contents'],
    ['ref(qualifiedName:"main"){target{... on Commit{history{nodes{message}}}}}', 'contents'],
    ['defaultBranchRef{name} description', 'repos'],
    ['description issue(number:1){id number url}', 'repos'],
    ['description stargazers{totalCount} watchers{totalCount}', 'repos'],
    ['description vulnerabilityAlerts(states:OPEN){totalCount}', 'dependabot'],
    ['description issues(filterBy:{assignee:"x"}){totalCount}', 'issues'],
    ['description issue(number:1){labels{nodes{name}}}', 'issues'],
    ['description issue(number:1){...A} x:issue(number:2){...A}', 'issues'],
    ['description issue(number:1){assignees{edges{node{...{login}}}}}', 'issues'],
    ['description pullRequest(number:1){author{login}}', 'pulls'],
    ['description pullRequest(number:1){files{totalCount}}', 'pulls'],
    ['description object(expression:"main:"){... on Tree{entries{object{oid}}}}', 'contents'],
    ['description ref(qualifiedName:"main"){target{... on Commit{history{nodes{oid}}}}}', 'contents'],
    ['description pullRequest(number:1){title commits{nodes{commit{oid}}}}', 'pulls'],
    ['releases{nodes{tagName}}', 'releases'],
    ['discussions{nodes{title comments{nodes{body}}}}', 'discussions'],
    ['labels{nodes{name color}}', 'labels'],
    ['milestones{nodes{title}}', 'milestones'],
    ['deployments{nodes{state}}', 'deployments'],
    ['environments{nodes{name}}', 'admin:environments'],
    ['branchProtectionRules{nodes{pattern}}', 'admin:branch-protection'],
    ['rulesets{nodes{name}}', 'admin:rulesets'],
    ['deployKeys{nodes{key}}', 'admin:keys'],
    ['collaborators{nodes{login}}', 'admin:collaborators'],
    ['collaborators{edges{permission}}', 'admin:collaborators users'],
    ['vulnerabilityAlerts{nodes{createdAt}}', 'dependabot'],
    ['dependencyGraphManifests{nodes{filename}}', 'dependency-graph'],
    ['languages{nodes{name}} licenseInfo{body}', 'repos'],
    ['a:issues{nodes{title}} b:pullRequests{nodes{title}}', 'issues pulls'],
    ['... on Repository{issues @skip(if:true){nodes{title}}}', 'issues'],
    ['object(oid:"a"){... on Commit{statusCheckRollup{state}}}', 'checks statuses'],
    ['object(oid:"a"){... on Commit{status{state} checkSuites{nodes{conclusion}}}}', 'statuses checks'],
    ['stargazers{nodes{login}}', 'stars'],
    ['stargazers{totalCount} description', 'repos'],
  ])('%s: %s', async (fields, resources) => {
    const query = fields.includes('...A') ? `${here(fields)} ${author}` : here(fields);
    const actions = [...(await run(query))].filter((action) => !action.startsWith('users:read -'));
    const names = resources.split(' ').filter((name) => name !== 'users');
    expect(actions.sort()).toEqual(names.map((name) => `${name}:read o/r`).sort());
  });

  test.each([
    ['{viewer{login}}', ['users:read -']],
    ['{user(login:"u"){bio followers{nodes{login}}}}', ['users:read -', 'followers:read -']],
    ['{organization(login:"x"){description}}', ['orgs:read -']],
    ['{organization(login:"x"){membersWithRole{nodes{login}}}}', ['admin:members:read any']],
    ['{organization(login:"x"){teams{nodes{slug}}}}', ['admin:teams:read any']],
    ['{enterprise(slug:"e"){name}}', ['admin:orgs:read any']],
    ['{rateLimit{cost remaining}}', ['meta:read -']],
    ['{__schema{types{name}}}', ['meta:read -']],
    ['{a:__type(name:"Issue"){fields{name}}}', ['meta:read -']],
    ['{__typename}', ['meta:read -']],
    ['{id}', ['meta:read -']],
    ['{licenses{body}}', ['meta:read -']],
    ['{securityAdvisories{nodes{summary}}}', ['advisories:read -']],
    ['{gist:viewer{gist(name:"a"){description}}}', ['gists:read -']],
    [`{rateLimit{cost} ${here('issues{nodes{title}}').slice(1)}`, ['meta:read -', 'issues:read o/r']],
  ])('outside of repositories: %s', async (query, actions) => {
    expect([...(await run(query))].sort()).toEqual([...actions].sort());
  });
});

describe('a repository that the query names is the resource', () => {
  test.each([
    ['by literals', '{repository(owner:"o",name:"r"){issues{nodes{title}}}}', {}],
    [
      'by variables',
      'query($o:String!,$n:String!){repository(owner:$o,name:$n){issues{nodes{title}}}}',
      { o: 'o', n: 'r' },
    ],
    [
      'over defaults',
      'query($n:String!="secret"){repository(owner:"o",name:$n){issues{nodes{title}}}}',
      { n: 'r' },
    ],
    ['by defaults', 'query($n:String!="r"){repository(owner:"o",name:$n){issues{nodes{title}}}}', {}],
    ['of an organization', '{organization(login:"o"){repository(name:"r"){issues{nodes{title}}}}}', {}],
    ['of a user', '{user(login:"o"){repository(name:"r"){issues{nodes{title}}}}}', {}],
    ['of an owner', '{repositoryOwner(login:"o"){repository(name:"r"){issues{nodes{title}}}}}', {}],
    ['by the query in itself', '{relay{relay{repository(owner:"o",name:"r"){issues{nodes{title}}}}}}', {}],
    [
      'in a fragment',
      'query($o:String!){...a} fragment a on Query{repository(owner:$o,name:"r"){...b}} fragment b on Repository{issues{nodes{title}}}',
      { o: 'o' },
    ],
  ])('%s', async (_what, query, variables) => {
    expect(await run(query, variables)).toEqual(['issues:read o/r']);
  });

  test('each of several', async () => {
    const query = `{a:repository(owner:"o",name:"r"){description} b:repository(owner:"other",name:"secret"){issues{nodes{title}}}}`;
    expect(await run(query)).toEqual(['repos:read o/r', 'issues:read other/secret']);
  });

  test.each([
    ['no value', 'query($n:String!){repository(owner:"o",name:$n){id}}', {}],
    ['null', 'query($n:String!){repository(owner:"o",name:$n){id}}', { n: null }],
    ['null over a default', 'query($n:String="r"){repository(owner:"o",name:$n){id}}', { n: null }],
    ['a number', 'query($n:String!){repository(owner:"o",name:$n){id}}', { n: 1 }],
    ['a list', '{repository(owner:"o",name:["r"]){id}}', {}],
    ['no such variable', '{repository(owner:"o",name:$n){id}}', { n: 'r' }],
    ['no name', '{repository(owner:"o"){id}}', {}],
    ['an owner twice', '{repository(owner:"o",owner:"other",name:"r"){id}}', {}],
    ['a path', '{repository(owner:"o",name:"r/../secret"){id}}', {}],
    ['an empty name', '{repository(owner:"",name:"r"){id}}', {}],
    ['an odd name of an organization', '{organization(login:"o"){repository(name:"a/b"){id}}}', {}],
  ])('but not with %s', async (_what, query, variables) => {
    expect(await run(query, variables)).toMatch(/^unresolved/);
  });
});

describe('what the request does not name is in any repository', () => {
  test.each([
    ['{search(query:"repo:other/secret",type:ISSUE,first:9){nodes{... on Issue{title}}}}', 'search issues'],
    ['{search(query:"x",type:ISSUE){issueCount}}', 'search'],
    ['{viewer{repositories{nodes{name}}}}', 'repos'],
    ['{viewer{repository(name:"r"){id}}}', 'repos'],
    ['{viewer{issues{nodes{number}}}}', 'issues'],
    ['{viewer{pullRequests{nodes{title}}}}', 'pulls'],
    ['{viewer{contributionsCollection{issueContributions{nodes{issue{title}}}}}}', 'issues'],
    ['{organization(login:"o"){repositories{nodes{nameWithOwner}}}}', 'repos'],
    ['{organization(login:"o"){projectsV2{nodes{title}}}}', 'projects'],
    ['{resource(url:"https://github.com/o/r/issues/1"){... on Issue{title}}}', 'issues'],
    [here('forks{nodes{id}}'), 'repos'],
    [here('parent{issues{nodes{title}}}'), 'issues'],
    [here('parent{object(expression:"main:a"){... on Blob{text}}}'), 'contents'],
    [here('parent{parent{description}}'), 'repos'],
    [here('parent{collaborators{nodes{login}}}'), 'admin:collaborators'],
    [here('templateRepository{releases{nodes{description}}}'), 'releases'],
    [here('projectsV2{nodes{items{nodes{content{... on Issue{title}}}}}}'), 'issues'],
    [here('owner{... on Organization{repositories{nodes{description}}}}'), 'repos'],
    [here('owner{repository(name:"secret"){description}}'), 'repos'],
    [here('issue(number:1){author{... on User{issues{nodes{title}}}}}'), 'issues'],
    [
      here('issue(number:1){timelineItems{nodes{... on CrossReferencedEvent{source{... on Issue{body}}}}}}'),
      'issues',
    ],
    [here('issue(number:1){parent{title} subIssues{nodes{title}}}'), 'issues'],
    [here('pullRequest(number:1){closingIssuesReferences{nodes{title}}}'), 'issues'],
    [here('pullRequest(number:1){headRepository{issues{nodes{title}}}}'), 'issues'],
    [here('pullRequest(number:1){headRef{target{... on Commit{message}}}}'), 'contents'],
    [here('object(oid:"a"){... on Commit{associatedPullRequests{nodes{body}}}}'), 'pulls'],
    [
      here('ref(qualifiedName:"main"){compare(headRef:"other:secret:main"){commits{nodes{message}}}}'),
      'contents',
    ],
    [here('dependencyGraphManifests{nodes{dependencies{nodes{repository{description}}}}}'), 'repos'],
  ])('%s (G3)', async (query, resources) => {
    const any = [...(await run(query))].filter((action) => action.endsWith(' any'));
    expect(any.sort()).toEqual(
      resources
        .split(' ')
        .map((name) => `${name}:read any`)
        .sort(),
    );
  });

  test.each([
    ['issue(number:1){title repository{nameWithOwner issues{nodes{title}}}}', 'issues:read o/r'],
    ['pullRequest(number:1){baseRepository{pullRequests{nodes{title}}}}', 'pulls:read o/r'],
    ['milestone(number:1){issues{nodes{title}}}', 'issues:read o/r'],
    ['pullRequest(number:1){title headRepository{id name} headRepositoryOwner{login}}', 'pulls:read o/r'],
    ['id parent{id name owner{login} description defaultBranchRef{name}}', 'repos:read o/r'],
    ['ref(qualifiedName:"main"){compare(headRef:"fork:main"){commits{nodes{message}}}}', 'contents:read o/r'],
  ])('but what leads back, and what REST shows too, is not: %s', async (fields, action) => {
    expect(await run(here(fields))).toEqual([action]);
  });
});

describe('a node id is looked up', () => {
  const title = '... on Issue{title} ... on PullRequest{title}';
  test.each([
    [`{node(id:"I_here"){${title}}}`, ['issues:read o/r']],
    ['{node(id:"I_here"){id}}', ['issues:read o/r']],
    ['{node(id:"I_here"){__typename ... on Comment{body}}}', ['issues:read o/r']],
    [`{node(id:"PR_there"){${title}}}`, ['pulls:read other/secret']],
    [
      '{node(id:"R_there"){... on Repository{object(expression:"main:a"){... on Blob{text}}}}}',
      ['contents:read other/secret'],
    ],
    [`{nodes(ids:["I_here","PR_there"]){${title}}}`, ['issues:read o/r', 'pulls:read other/secret']],
    [`{nodes(ids:"PR_there"){${title}}}`, ['pulls:read other/secret']],
    ['{node(id:"PVT_1"){... on ProjectV2{title shortDescription}}}', ['projects:read any']],
    ['{node(id:"U_1"){... on User{bio}}}', ['users:read -']],
    ['{node(id:"R_odd"){... on Repository{description}}}', ['repos:read any']],
    ['{node(id:"I_unknown"){... on Issue{title}}}', ['issues:read any']],
    ['{node(id:"X_unknown"){__typename ... on Issue{title}}}', ['issues:read any']],
    [`{relay{node(id:"PR_there"){${title}}}}`, ['pulls:read other/secret']],
  ])('%s (G3)', async (query, actions) => {
    expect(await run(query)).toEqual(actions);
  });

  test('by a variable, which a list may come in as one (G3)', async () => {
    const query = 'query($ids:[ID!]!){nodes(ids:$ids){... on PullRequest{title}}}';
    expect(await run(query, { ids: 'PR_there' })).toEqual(['pulls:read other/secret']);
    expect(await run(query, { ids: ['PR_there'] })).toEqual(['pulls:read other/secret']);
    expect(await run(query, { ids: [{ a: 1 }] })).toMatch(/^unresolved/);
  });

  test.each(['{node(id:"X_unknown"){id}}', '{node(id:"NEW_1"){id}}', '{nodes(ids:[]){id}}'])(
    'and what cannot be told is unresolved: %s',
    async (query) => {
      expect(await run(query)).toMatch(/^unresolved/);
    },
  );
});

describe('a document is unresolved', () => {
  test.each([
    ['a type that the schema has not', here('... on Invention{secret}')],
    ['a field that mints a credential', here('tempCloneToken')],
    ['a field that the schema has not', here('invention{secret}')],
    ['a field of the query that the schema has not', '{invention{secret}}'],
    ['a fragment that is not there', here('...a')],
    [
      'two fragments of one name',
      `${here('...a')} fragment a on Repository{id} fragment a on Repository{issues{nodes{title}}}`,
    ],
    [
      'a type without a name of its own, with nothing around it',
      '{node(id:"LE_1"){... on LabeledEvent{createdAt}}}',
    ],
    ['too many tokens', here('id '.repeat(20_001))],
    ['nesting deeper than the stack', `{${'relay{'.repeat(9_000)}id${'}'.repeat(9_001)}`],
    ['nesting deeper than any client needs', `{${'relay{'.repeat(300)}id${'}'.repeat(301)}`],
    ['a value nested deeper than the stack', `{node(id:${'['.repeat(9_000)}`],
  ])('with %s', async (_what, query) => {
    expect(await run(query)).toMatch(/^unresolved/);
  });

  test('but an unknown leaf is named by its type', async () => {
    expect(await run(here('issues{nodes{invention}}'))).toEqual(['issues:read o/r']);
  });

  test('fragments that spread each other end', async () => {
    const cycle = 'fragment a on Repository{...b issues{nodes{title}}} fragment b on Repository{...a}';
    expect(await run(`${here('...a')} ${cycle}`)).toEqual(['issues:read o/r']);
  });

  test('fragments that double at each step are read once each', async () => {
    const fragments = Array.from({ length: 60 }, (_, i) =>
      i === 59
        ? 'fragment f59 on Repository{issues{nodes{title}}}'
        : `fragment f${i} on Repository{...f${i + 1} ...f${i + 1} a:owner{repository(name:"r"){...f${i + 1}}}}`,
    );
    expect(await run(`${here('...f0')} ${fragments.join(' ')}`)).toEqual([
      'issues:read o/r',
      'issues:read any',
    ]);
  });
});

describe('with scope.repositories', () => {
  const scope = createScope('scope.repositories', ['o/r'], compileRepositoryPattern);
  test.each([
    [here('issues{nodes{title}}'), true],
    ['{repository(owner:"O",name:"R"){description}}', true],
    ['{viewer{login}}', true],
    ['{node(id:"I_here"){... on Issue{title}}}', true],
    ['{repository(owner:"other",name:"secret"){id}}', false],
    ['{node(id:"R_there"){... on Repository{description}}}', false],
    ['{node(id:"R_unknown"){... on Repository{description}}}', false],
    ['{viewer{repositories{nodes{name}}}}', false],
    ['{search(query:"x",type:REPOSITORY){nodes{... on Repository{name}}}}', false],
    [here('forks{nodes{description}}'), false],
    ['mutation{mergePullRequest(input:{pullRequestId:"PR_there"}){clientMutationId}}', false],
    ['mutation{closeIssue(input:{issueId:"I_here"}){clientMutationId}}', true],
  ])('%s is inside: %s (G3)', async (query, isInside) => {
    const resolution = await resolveQuery(query, {}, lookup);
    if ('unresolved' in resolution) throw new Error(resolution.unresolved);
    expect(resolution.actions.every((action) => scope(action) === undefined)).toBe(isInside);
  });
});

describe("GitHub's schema", () => {
  test('has objects behind every connection and edge', () => {
    const reach = (name: string): ReadonlySet<string> => {
      const type = schemaType(name);
      const inner = type?.links.get('nodes') ?? type?.links.get('node') ?? type?.links.get('edges');
      return type?.kind === 'connection' ? reach(inner ?? '') : (type?.objects ?? new Set());
    };
    const lists = typeNames().filter((name) => schemaType(name)?.kind === 'connection');
    expect(lists.filter((name) => reach(name).size === 0)).toEqual([]);
    expect(lists.length).toBeGreaterThan(200);
  });

  test('leads to nothing that is not in it', () => {
    const links = typeNames().flatMap((name) => [...(schemaType(name)?.links.values() ?? [])]);
    expect(links.filter((name) => schemaType(name) === undefined)).toEqual([]);
  });

  test('has a name for what every node is, or takes that of what is around it', () => {
    const nodes = [...(schemaType('Node')?.objects ?? [])].filter((name) => name !== 'Query');
    expect(nodes.every((name) => resourcesOf(name, ['issues']).length > 0)).toBe(true);
    const unnamed = nodes.filter((name) => resourcesOf(name, []).length === 0);
    expect(
      unnamed.filter(
        (name) =>
          !/Event$|Allowance$|^Sponsor|^Reaction$|^Enterprise|Ruleset|^LinkedBranch$|^SavedReply$|^UserContentEdit$|^MemberFeature|^Language$/.test(
            name,
          ),
      ),
    ).toEqual([]);
  });
});
