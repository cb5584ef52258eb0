/** What a mutation is called: a name, or a verb whose resource is that of the node an argument names. */
export type MutationName = { readonly name: string } | { readonly verb: string; readonly argument: string };

/** The name of a mutation by the naming rule; one that is in no table is `admin:graphql:<mutation>`. */
export function nameMutation(mutation: string): MutationName {
  const name = byName.get(mutation);
  if (name !== undefined) return { name };
  return bySubject.get(mutation) ?? { name: `admin:graphql:${mutation}` };
}

/** Whether a mutation also approves a pull request when its input says `event: APPROVE`. */
export function canApprove(mutation: string): boolean {
  return mutation === 'addPullRequestReview' || mutation === 'submitPullRequestReview';
}

/** Names of the vocabulary by the mutations that do the same. */
const table = `
actions:approve: approveDeployments rejectDeployments
admin:branch-protection:create: createBranchProtectionRule
admin:branch-protection:delete: deleteBranchProtectionRule
admin:branch-protection:update: updateBranchProtectionRule
admin:environments:create: createEnvironment
admin:environments:delete: deleteEnvironment
admin:environments:update: updateEnvironment pinEnvironment
admin:repos:create: createRepository cloneTemplateRepository
admin:repos:update: updateRepository archiveRepository unarchiveRepository updateTopics
admin:rulesets:create: createRepositoryRuleset
admin:rulesets:delete: deleteRepositoryRuleset
admin:rulesets:update: updateRepositoryRuleset
checks:create: createCheckRun createCheckSuite
checks:rerun: rerequestCheckSuite
checks:update: updateCheckRun
contents:create: createRef createLinkedBranch
contents:delete: deleteRef
contents:merge: mergeBranch
contents:update: updateRef updateRefs createCommitOnBranch
deployments:create: createDeployment
deployments:delete: deleteDeployment
deployments:update: createDeploymentStatus
discussions:comment: addDiscussionComment
discussions:create: createDiscussion
discussions:delete: deleteDiscussion deleteDiscussionComment
discussions:update: updateDiscussion closeDiscussion reopenDiscussion updateDiscussionComment markDiscussionCommentAsAnswer unmarkDiscussionCommentAsAnswer addDiscussionPollVote
followers:delete: unfollowUser unfollowOrganization
followers:update: followUser followOrganization
issues:create: createIssue
issues:delete: deleteIssue deleteIssueComment
issues:transfer: transferIssue
issues:update: updateIssue closeIssue reopenIssue pinIssue unpinIssue updateIssueComment unmarkIssueAsDuplicate
labels:create: createLabel
labels:delete: deleteLabel
labels:update: updateLabel
projects:create: createProjectV2 copyProjectV2
projects:delete: deleteProjectV2 deleteProjectV2Item deleteProjectV2Field
projects:update: updateProjectV2 addProjectV2ItemById addProjectV2DraftIssue updateProjectV2ItemFieldValue clearProjectV2ItemFieldValue updateProjectV2ItemPosition archiveProjectV2Item unarchiveProjectV2Item createProjectV2Field updateProjectV2DraftIssue linkProjectV2ToRepository unlinkProjectV2FromRepository createProjectV2StatusUpdate updateProjectV2StatusUpdate
pulls:comment: addPullRequestReviewComment addPullRequestReviewThread addPullRequestReviewThreadReply
pulls:create: createPullRequest revertPullRequest
pulls:delete: deletePullRequestReviewComment
pulls:merge: mergePullRequest enablePullRequestAutoMerge enqueuePullRequest
pulls:review: addPullRequestReview submitPullRequestReview updatePullRequestReview deletePullRequestReview dismissPullRequestReview
pulls:update: updatePullRequest closePullRequest reopenPullRequest disablePullRequestAutoMerge dequeuePullRequest markPullRequestReadyForReview convertPullRequestToDraft requestReviews updatePullRequestBranch updatePullRequestReviewComment resolveReviewThread unresolveReviewThread markFileAsViewed unmarkFileAsViewed
stars:delete: removeStar
stars:update: addStar
watching:update: updateSubscription
`;

const byName: ReadonlyMap<string, string> = new Map(
  table
    .trim()
    .split('\n')
    .flatMap((line) => {
      const [, name = '', mutations = ''] = /^(.*): (.*)$/.exec(line) ?? [];
      return mutations.split(' ').map((mutation) => [mutation, name] as const);
    }),
);

/** Mutations on an interface: the node of this argument says which resource they change. */
const bySubject: ReadonlyMap<string, MutationName> = new Map([
  ['addComment', { verb: 'comment', argument: 'subjectId' }],
  ['addReaction', { verb: 'react', argument: 'subjectId' }],
  ['removeReaction', { verb: 'react', argument: 'subjectId' }],
  ['lockLockable', { verb: 'lock', argument: 'lockableId' }],
  ['unlockLockable', { verb: 'lock', argument: 'lockableId' }],
  ['addLabelsToLabelable', { verb: 'update', argument: 'labelableId' }],
  ['removeLabelsFromLabelable', { verb: 'update', argument: 'labelableId' }],
  ['clearLabelsFromLabelable', { verb: 'update', argument: 'labelableId' }],
  ['addAssigneesToAssignable', { verb: 'update', argument: 'assignableId' }],
  ['removeAssigneesFromAssignable', { verb: 'update', argument: 'assignableId' }],
  ['minimizeComment', { verb: 'update', argument: 'subjectId' }],
  ['unminimizeComment', { verb: 'update', argument: 'subjectId' }],
  ['addUpvote', { verb: 'react', argument: 'subjectId' }],
  ['removeUpvote', { verb: 'react', argument: 'subjectId' }],
]);
