import { describe, expect, test } from 'vitest';
import { placeOf } from '../src/containers.ts';
import { nameOperation } from '../src/name.ts';
import { methodLetters, readTable } from '../src/routes.ts';
import type { Method } from '../src/verbs.ts';
import { namesOf } from './request.ts';

/** The vocabulary of github.com's REST API as docs/github.md lists it, `push` (git) and `approve` (a review's body) apart. */
const vocabulary: Readonly<Record<string, string | undefined>> = {
  actions: 'approve cancel delete dispatch read rerun update',
  advisories: undefined,
  agents: undefined,
  apps: undefined,
  attestations: undefined,
  campaigns: undefined,
  checks: 'create read rerun update',
  classrooms: undefined,
  'code-quality': undefined,
  'code-scanning': undefined,
  codespaces: undefined,
  contents: 'comment create delete merge react read update',
  copilot: undefined,
  dependabot: undefined,
  'dependency-graph': undefined,
  deployments: undefined,
  events: undefined,
  followers: undefined,
  gists: 'comment create delete fork read update',
  insights: undefined,
  issues: 'comment create delete lock react read update',
  labels: undefined,
  meta: undefined,
  milestones: undefined,
  notifications: undefined,
  orgs: 'read',
  packages: undefined,
  pages: undefined,
  projects: undefined,
  pulls: 'comment create delete merge react read review update',
  releases: undefined,
  repos: 'read',
  search: 'read',
  'secret-scanning': undefined,
  secrets: undefined,
  stars: undefined,
  statuses: undefined,
  users: 'read',
  variables: undefined,
  watching: undefined,
};

const adminResources =
  'actions autolinks billing blocks branch-protection code-security codespaces collaborators copilot dependabot emails environments hooks interaction-limits invitations issue-fields issue-types keys members migrations networks orgs private-registries properties releases repos roles rulesets runners teams tokens traffic users';

interface Operation {
  readonly method: Method;
  readonly template: string;
  readonly isDotcom: boolean;
}

const operations: readonly Operation[] = readTable().flatMap(({ template, dotcom, enterprise }) => [
  ...methodsOf(dotcom).map((method) => ({ method, template, isDotcom: true })),
  ...methodsOf(enterprise).map((method) => ({ method, template, isDotcom: false })),
]);

function methodsOf(letters: string): Method[] {
  return [...letters].map((letter) => methodLetters[letter] as Method);
}

function nameOf({ method, template }: Operation): string | undefined {
  const { container, rest } = placeOf(template.split('/').filter(Boolean));
  return nameOperation(container, rest, method);
}

/** A path of the operation. Numbers, because `/user/{account_id}` is told from `/user/emails` by them. */
function pathOf({ template }: Operation): string {
  return template.replace(/\{[^}]*\+\}/g, '42/43').replace(/\{[^}]*\}/g, '42');
}

describe('the vocabulary', () => {
  test('leaves no operation of any GitHub product unnamed', () => {
    expect(operations.filter((operation) => nameOf(operation) === undefined)).toEqual([]);
    expect(operations).toHaveLength(1_590);
  });

  test('has 246 names on github.com, an approving review included', () => {
    const dotcom = operations.filter(({ isDotcom }) => isDotcom);
    const names = new Set([...dotcom.map(nameOf), 'pulls:approve']);
    // octokit's description lists compare/{basehead} twice, hence 1,222 for its 1,223
    expect([dotcom.length, names.size]).toEqual([1_222, 246]);
  });

  test('has exactly the resources of the naming rule, and their verbs', () => {
    const found = new Map<string, Set<string>>();
    for (const operation of operations.filter(({ isDotcom }) => isDotcom)) {
      const [, resource = '', verb = ''] = /^(.*):(.*)$/.exec(nameOf(operation) ?? '') ?? [];
      found.set(resource, (found.get(resource) ?? new Set()).add(verb));
    }
    const plain = [...found.keys()].filter((resource) => !resource.startsWith('admin:')).sort();
    const admin = [...found.keys()].filter((resource) => resource.startsWith('admin:')).sort();
    expect(plain).toEqual(Object.keys(vocabulary).sort());
    expect(admin).toEqual(adminResources.split(' ').map((resource) => `admin:${resource}`));
    for (const [resource, verbs] of Object.entries(vocabulary)) {
      if (verbs !== undefined)
        expect([...(found.get(resource) ?? [])].sort().join(' '), resource).toBe(verbs);
    }
  });

  test('names reading and only reading `read`', () => {
    const wrong = operations.filter((operation) => {
      const isReading = operation.method === 'GET' || readingPosts.has(operation.template);
      return nameOf(operation)?.endsWith(':read') !== isReading;
    });
    expect(wrong).toEqual([]);
  });

  test('names every concrete path on github.com as its template', async () => {
    for (const operation of operations.filter(({ isDotcom }) => isDotcom)) {
      const names = await namesOf(operation.method, pathOf(operation));
      expect(names, `${operation.method} ${operation.template}`).toEqual([nameOf(operation)]);
    }
  });

  test('names every concrete path on an Enterprise Server as its template', async () => {
    for (const operation of operations) {
      const names = await namesOf(operation.method, `https://github.example.com/api/v3${pathOf(operation)}`);
      expect(names, `${operation.method} ${operation.template}`).toEqual([nameOf(operation)]);
    }
  });
});

const readingPosts: ReadonlySet<string> = new Set([
  '/markdown',
  '/markdown/raw',
  '/orgs/{org}/attestations/bulk-list',
  '/users/{username}/attestations/bulk-list',
  '/repos/{owner}/{repo}/releases/generate-notes',
]);
