/** What reading an object is called, by its type: `!` for an administrative resource, as in the tables of nouns. */
const table = `
repos: Repository RepositoryTopic Topic RepositoryPlanFeatures EnterpriseRepositoryInfo UserNamespaceRepository
contents: Ref Commit Tree TreeEntry Blob Tag Blame BlameRange CommitComment CommitCommentThread Comparison Submodule RepositoryCodeowners RepositoryCodeownersError ContributingGuidelines FundingLink Push
statuses: Status StatusContext
checks: CheckRun CheckSuite CheckStep CheckAnnotation
actions: Workflow WorkflowRun WorkflowRunFile WorkflowFileReference DeploymentRequest DeploymentReview
deployments: Deployment DeploymentStatus
pulls: PullRequest PullRequestReview PullRequestReviewThread PullRequestReviewComment PullRequestCommit PullRequestChangedFile PullRequestThread PullRequestCommitCommentThread PullRequestTemplate ReviewRequest AutoMergeRequest MergeQueue MergeQueueEntry
issues: Issue IssueTemplate PinnedIssue
discussions: Discussion DiscussionComment DiscussionCategory DiscussionPoll DiscussionPollOption PinnedDiscussion
releases: Release ReleaseAsset
packages: Package PackageFile PackageTag PackageVersion
projects: Project ProjectCard ProjectColumn DraftIssue
gists: Gist GistComment GistFile
users: User Bot Mannequin EnterpriseUserAccount UserStatus UserList
orgs: Organization
dependabot: RepositoryVulnerabilityAlert DependabotUpdate
dependency-graph: DependencyGraphManifest DependencyGraphDependency
advisories: SecurityAdvisory SecurityVulnerability CWE
apps: App MarketplaceListing MarketplaceCategory
copilot: CopilotEndpoints
meta: RateLimit GitHubMetadata
!branch-protection: BranchProtectionRule RefUpdateRule
!collaborators: PermissionSource
!environments: Environment DeploymentProtectionRule PinnedEnvironment
!interaction-limits: RepositoryInteractionAbility
!invitations: RepositoryInvitation OrganizationInvitation EnterpriseAdministratorInvitation EnterpriseMemberInvitation
!keys: DeployKey PublicKey
!migrations: OrganizationMigration RepositoryMigration MigrationSource
!orgs: Enterprise EnterpriseOwnerInfo EnterpriseIdentityProvider EnterpriseServerInstallation EnterpriseServerUserAccount EnterpriseServerUserAccountsUpload EnterpriseBillingInfo IpAllowListEntry VerifiableDomain OrganizationIdentityProvider ExternalIdentity OIDCProvider
!rulesets: RepositoryRuleset RepositoryRule
!teams: Team TeamDiscussion TeamDiscussionComment
`;

const byType: ReadonlyMap<string, string> = new Map(
  table
    .trim()
    .split('\n')
    .flatMap((line) => {
      const [resource = '', types = ''] = line.split(': ');
      return types.split(' ').map((type) => [type, resource.replace('!', 'admin:')] as const);
    }),
);

/**
 * The resources whose `read` a leaf of this type is, given those of the object around it. Types outside the table take
 * what is around them; empty is a type with no name of its own and nothing around it.
 */
export function resourcesOf(type: string, around: readonly string[]): readonly string[] {
  if (type === 'StatusCheckRollup') return ['checks', 'statuses'];
  const own = byType.get(type) ?? familyOf(type);
  if (own !== undefined) return [own];
  const alone = aloneOf(type, around);
  return alone === undefined ? around : [alone];
}

function familyOf(type: string): string | undefined {
  if (type.startsWith('ProjectV2')) return 'projects';
  return type.endsWith('AuditEntry') ? 'admin:audit-log' : undefined;
}

/** These belong to the conversation or the milestone's issue they are in, and have a name of their own where they are in none. */
function aloneOf(type: string, around: readonly string[]): string | undefined {
  if (type === 'License' || type === 'CodeOfConduct') return around.length === 0 ? 'meta' : undefined;
  const own = { IssueComment: 'issues', Label: 'labels', Milestone: 'milestones' }[type];
  return own === undefined || around.some((resource) => conversations.has(resource)) ? undefined : own;
}

const conversations: ReadonlySet<string> = new Set([
  'issues',
  'pulls',
  'discussions',
  'projects',
  'milestones',
]);

/** Whether a type is an account: who did something, named beside what was done. */
export function isAccount(type: string): boolean {
  const resource = byType.get(type);
  return type !== 'UserStatus' && type !== 'UserList' && (resource === 'users' || resource === 'orgs');
}

/** Whether a type is outside all repositories, so that a scope of repositories says nothing about it. */
export function isOutside(type: string): boolean {
  return isAccount(type) || ofAccounts.has(type) || outside.has(byType.get(type) ?? '');
}

const ofAccounts: ReadonlySet<string> = new Set(['App', 'PublicKey', 'SocialAccount', 'UserStatus']);

const outside: ReadonlySet<string> = new Set(['gists', 'meta', 'advisories']);

/** Whether a type belongs to an owner, and can hold any repository's data. */
export function isOfOwner(type: string): boolean {
  return ofOwners.has(byType.get(type) ?? familyOf(type) ?? '') || ownerTypes.has(type);
}

const ofOwners: ReadonlySet<string> = new Set([
  'projects',
  'packages',
  'apps',
  'copilot',
  'admin:audit-log',
  'admin:migrations',
  'admin:orgs',
  'admin:teams',
]);

const ownerTypes: ReadonlySet<string> = new Set([
  'UserList',
  'OrganizationInvitation',
  'EnterpriseAdministratorInvitation',
  'EnterpriseMemberInvitation',
  'EnterpriseRepositoryInfo',
  'UserNamespaceRepository',
]);

/** Whether a resource is data of a repository, beside which the repository's own metadata needs no name. */
export function isRepositoryData(resource: string): boolean {
  return resource !== 'repos' && !notData.has(resource) && !ofOwners.has(resource);
}

const notData: ReadonlySet<string> = new Set(['users', 'orgs', 'search', 'gists', 'meta', 'advisories']);

/** Whether a leaf only says which object this is. */
export function isIdentity(type: string, field: string): boolean {
  if (field === 'name' && named.has(type)) return false;
  return identity.has(field) || (field === 'title' && type === 'ProjectV2');
}

/** Their names are what they hold. */
const named: ReadonlySet<string> = new Set(['TreeEntry', 'GistFile', 'PackageFile', 'Submodule']);

const identity: ReadonlySet<string> = new Set([
  '__typename',
  'abbreviatedOid',
  'avatarUrl',
  'combinedSlug',
  'databaseId',
  'fullDatabaseId',
  'id',
  'key',
  'login',
  'name',
  'nameWithOwner',
  'number',
  'oid',
  'resourcePath',
  'slug',
  'spdxId',
  'url',
]);
