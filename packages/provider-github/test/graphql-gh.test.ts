import { describe, expect, test } from 'vitest';
import documents from './gh-documents.json' with { type: 'json' };
import { resolveQuery, shown } from './graphql-request.ts';
import { lookupOf } from './request.ts';

/** The ids in the documents, which were recorded from gh 2.23. */
const lookup = lookupOf({
  I_kwDOAAAAAc4AAAAB: { type: 'Issue', repository: 'myorg/repo-a' },
  PR_kwDOAAAAAc4AAAAB: { type: 'PullRequest', repository: 'myorg/repo-a' },
  R_kgDOAAAAAQ: { type: 'Repository', repository: 'myorg/repo-a' },
  X_kw: { type: 'Label', repository: 'myorg/repo-a' },
});

describe('what gh sends', () => {
  test.each(documents)('for `$command` is $actions', async ({ query, variables, actions }) => {
    expect(shown(await resolveQuery(query, variables, lookup))).toEqual(actions);
  });

  test('stays in its repository, except for lists and searches of others', () => {
    const outside = documents.filter(({ actions }) => actions.some((action) => action.endsWith(' any')));
    expect(outside.map(({ command }) => command)).toEqual(['gh pr status', 'gh repo list myorg']);
  });
});
