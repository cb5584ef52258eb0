import { expect, test } from 'vitest';
import { namesOf } from './request.ts';
import { type WalkedRequest, walkOctokit } from './walk.ts';

interface Named extends WalkedRequest {
  readonly names: readonly string[] | 'unresolved';
}

const walked: readonly Named[] = await Promise.all(
  (await walkOctokit()).map(async (request) => ({ ...request, names: await namesOfWalked(request) })),
);

function namesOfWalked({ method, url, body }: WalkedRequest): ReturnType<typeof namesOf> {
  return namesOf(method, url, body === undefined ? {} : { body });
}

function show(list: readonly Named[]): string[] {
  return list.map(({ by, method, template, names }) => `${by}: ${method} ${template} is ${names}`);
}

test('every method of octokit’s REST client sends a request, and each has one name', () => {
  expect(walked.length).toBeGreaterThan(1_000);
  expect(show(walked.filter(({ names }) => names === 'unresolved' || names.length !== 1))).toEqual([]);
});

/** What octokit calls its methods is the other opinion on what reads: some methods are called by what they are about. */
const readingMethod =
  /\.(?:list|get|check|download|compare|render|search|root$|generateReleaseNotes)|^search\.|^orgs\.customProperties\w*Get|^\w+\.(?:codespaceMachines|repoMachines|preFlight|copilotMetrics|repositoryAccess|diffRange|exportSbom|codeownersErrors)|^repos\.customPropertiesForReposGet/;

test('what octokit calls reading is named read, and nothing else is', () => {
  const wrong = walked.filter(({ by, names }) => {
    // It sends a token to be looked at, and GitHub takes it by POST.
    const isReading = readingMethod.test(by) && by !== 'apps.checkToken';
    return [names].flat().every((name) => name.endsWith(':read')) !== isReading;
  });
  expect(show(wrong)).toEqual([]);
});

test('what octokit calls deleting is named delete, or update where it only takes something off', () => {
  const wrong = walked.filter(({ by, names }) => {
    const isDeleting = /\.(?:delete|remove|unfollow|unblock|unstar|cancel)/i.test(by);
    return isDeleting && !/:(?:delete|update|react|review|lock|cancel)$/.test(String(names));
  });
  // By the rule a POST to a new noun creates: what is created is a request to delete.
  expect(show(wrong)).toEqual([
    'orgs.deleteAttestationsBulk: POST /orgs/{org}/attestations/delete-request is attestations:create',
    'users.deleteAttestationsBulk: POST /users/{username}/attestations/delete-request is attestations:create',
  ]);
});

/** The parts of octokit's client, which follow GitHub's documentation, and the resources of what they do. */
const parts = `
actions: actions admin:actions admin:runners secrets variables
activity: events meta notifications repos stars watching
apps: apps
billing: admin:billing
campaigns: campaigns
checks: checks
codeScanning: admin:code-security code-scanning
codeSecurity: admin:code-security
codesOfConduct: meta
codespaces: codespaces secrets
copilot: admin:copilot admin:teams copilot
credentials: admin:tokens
dependabot: admin:code-security admin:dependabot dependabot secrets
dependencyGraph: dependency-graph
emojis: meta
enterpriseTeamMemberships: admin:teams
enterpriseTeamOrganizations: admin:teams
enterpriseTeams: admin:teams
gists: gists
git: contents
gitignore: meta
hostedCompute: admin:networks
interactions: admin:interaction-limits
issues: issues labels milestones
licenses: contents meta
markdown: meta
meta: meta
migrations: admin:migrations
oidc: admin:actions
orgs: admin:blocks admin:hooks admin:issue-types admin:members admin:orgs admin:properties admin:roles admin:rulesets admin:tokens apps attestations orgs
packages: packages
privateRegistries: admin:private-registries
projects: projects
pulls: pulls
rateLimit: meta
reactions: admin:teams contents issues pulls releases
repos: actions admin:autolinks admin:branch-protection admin:code-security admin:collaborators admin:environments admin:hooks admin:invitations admin:keys admin:properties admin:releases admin:repos admin:rulesets admin:teams admin:traffic attestations contents deployments pages pulls releases repos statuses
search: search
secretScanning: admin:code-security secret-scanning
securityAdvisories: advisories
teams: admin:teams
users: admin:blocks admin:emails admin:keys admin:users attestations followers users
`;

test('each part of octokit’s client is about the resources that belong to it', () => {
  const found = new Map<string, Set<string>>();
  for (const { by, names } of walked) {
    const [part = ''] = by.split('.');
    const resources = [names].flat().map((name) => name.replace(/:[^:]*$/, ''));
    found.set(part, new Set([...(found.get(part) ?? []), ...resources]));
  }
  const lines = [...found].map(([part, resources]) => `${part}: ${[...resources].sort().join(' ')}`);
  expect(lines.sort()).toEqual(parts.trim().split('\n').sort());
});
