import type { Container } from './containers.ts';

/** A resource of the vocabulary, e.g. `pulls`, and whether its actions carry `admin:` in front. */
export interface Resource {
  readonly name: string;
  readonly isAdmin: boolean;
}

/** Reads `pulls` or, for an administrative resource, `!hooks`. */
export function resourceOf(text: string): Resource {
  return text.startsWith('!') ? { name: text.slice(1), isAdmin: true } : { name: text, isAdmin: false };
}

/** The resource that the first segment after the container names, or undefined for a noun that is in no table. */
export function nounResource(container: Container, noun: string): Resource | undefined {
  if (container === 'team') return resourceOf('!teams');
  if (container === 'agents') return resourceOf('agents');
  const resource = nouns[container].get(noun.toLowerCase());
  return container === 'enterprise' && resource !== undefined ? { ...resource, isAdmin: true } : resource;
}

/** Rule G2 of the naming rule: nouns by resource. `-` is the container itself. */
const repo = `
repos: - activity community contributors events forks stats generate topics transfer
contents: branches codeowners comments commits compare contents git hash-algorithm import languages license merge-upstream merges readme tags tarball zipball
pulls: pulls stacks
issues: issues assignees issue-types
labels: labels
milestones: milestones
releases: releases
!releases: immutable-releases
actions: actions dispatches
checks: check-runs check-suites
statuses: statuses
deployments: deployments
!environments: environments
pages: pages
codespaces: codespaces
copilot: copilot
agents: agents
attestations: attestations
notifications: notifications
stars: stargazers
watching: subscribers subscription
code-scanning: code-scanning
code-quality: code-quality
secret-scanning: secret-scanning
dependabot: dependabot
dependency-graph: dependency-graph
advisories: security-advisories
!code-security: vulnerability-alerts automated-security-fixes private-vulnerability-reporting code-security-configuration
!autolinks: autolinks
!collaborators: collaborators
!hooks: hooks
!interaction-limits: interaction-limits
!invitations: invitations
!keys: keys
!properties: properties
!rulesets: rules rulesets
!teams: teams
!traffic: traffic
apps: installation
!repos: lfs
`;

const org = `
orgs: -
repos: repos
issues: issues
events: events
packages: packages docker
projects: projectsV2
attestations: attestations artifacts
codespaces: codespaces
copilot: copilot copilot-spaces
agents: agents
actions: actions
dependabot: dependabot
code-scanning: code-scanning
secret-scanning: secret-scanning
campaigns: campaigns
advisories: security-advisories
apps: installation installations
insights: insights
!orgs: settings
!networks: network-configurations network-settings
!hooks: hooks
!members: members memberships public_members outside_collaborators invitations failed_invitations
!teams: teams team security-managers
!blocks: blocks
!interaction-limits: interaction-limits
!roles: organization-roles organization-fine-grained-permissions
!tokens: personal-access-tokens personal-access-token-requests
!properties: properties org-properties
!rulesets: rulesets
!private-registries: private-registries
!code-security: code-security
!migrations: migrations
!issue-types: issue-types
!issue-fields: issue-fields
`;

const user = `
users: - hovercard
repos: repos
orgs: orgs
issues: issues
gists: gists
events: events received_events
packages: packages docker
projects: projectsV2
codespaces: codespaces
copilot: copilot-spaces
attestations: attestations
stars: starred
watching: subscriptions
followers: followers following
!billing: settings
apps: marketplace_purchases installation installations
!keys: keys gpg_keys ssh_signing_keys
!emails: emails email public_emails
!users: social_accounts
!blocks: blocks
!interaction-limits: interaction-limits
!members: memberships
!invitations: repository_invitations
!migrations: migrations
!teams: teams
`;

const root = `
meta: - meta zen octocat emojis versions rate_limit feeds licenses gitignore codes_of_conduct markdown
apps: app apps app-manifests applications installation marketplace_listing
events: events networks
notifications: notifications
gists: gists
issues: issues
search: search
advisories: advisories
repos: repositories
orgs: organizations
users: users
classrooms: classrooms assignments
!tokens: credentials
agents: agents
!scim: scim
!site: admin manage setup enterprise
`;

const nouns = {
  repo: read(repo),
  org: read(org),
  enterprise: read(org),
  user: read(user),
  root: read(root),
};

function read(table: string): ReadonlyMap<string, Resource> {
  const lines = table.trim().split('\n');
  return new Map(
    lines.flatMap((line) => {
      const [resource = '', ...words] = line.split(/:? /);
      return words.map((noun): [string, Resource] => [
        noun === '-' ? '' : noun.toLowerCase(),
        resourceOf(resource),
      ]);
    }),
  );
}
