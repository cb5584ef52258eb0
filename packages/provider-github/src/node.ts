/** A node of GitHub's graph: the type of its object, and the repository it is in, where it is in one. */
export interface Node {
  readonly type: string;
  /** `owner/repo` */
  readonly repository?: string;
}

/** Types of which every object has a repository (GitHub's public GraphQL schema), beside the interfaces that say so. */
const types = [
  'CheckRun',
  'CheckSuite',
  'Deployment',
  'Label',
  'Milestone',
  'PullRequestReviewThread',
  'PullRequestThread',
  'Ref',
  'Release',
];

/** Types whose repository is that of something they belong to. */
const through: Readonly<Record<string, string>> = {
  DeploymentStatus: 'deployment',
  DiscussionComment: 'discussion',
  PullRequestCommit: 'pullRequest',
  ReleaseAsset: 'release',
  ReviewRequest: 'pullRequest',
  WorkflowRun: 'checkSuite',
};

/** Those that may have none. Another name for the field, since GraphQL takes no two types for one. */
const optional = ['BranchProtectionRule', 'MergeQueue', 'Package'];

const named = '{ nameWithOwner }';

/** Asks for the type and the repository of the node `$id`. */
export const nodeQuery: string = [
  'query($id: ID! ) { node(id: $id) { __typename',
  '... on Repository { nameWithOwner }',
  ...['RepositoryNode', 'GitObject', ...types].map((type) => `... on ${type} { repository ${named} }`),
  ...optional.map((type) => `... on ${type} { optional: repository ${named} }`),
  ...Object.entries(through).map(
    ([type, field]) => `... on ${type} { ${field}Of${type}: ${field} { repository ${named} } }`,
  ),
  '} }',
].join(' ');

/** The node in the answer to `nodeQuery`; undefined when there is none. */
export function readNode(answer: unknown): Node | undefined {
  const node = member(member(answer, 'data'), 'node');
  const type = member(node, '__typename');
  if (typeof type !== 'string') return undefined;
  const repository = type === 'Repository' ? member(node, 'nameWithOwner') : nameIn(node);
  return typeof repository === 'string' ? { type, repository } : { type };
}

/** Whichever member has a repository, or is one. */
function nameIn(node: unknown): unknown {
  for (const value of Object.values(node as object)) {
    const name = member(value, 'nameWithOwner') ?? member(member(value, 'repository'), 'nameWithOwner');
    if (name !== undefined) return name;
  }
  return undefined;
}

function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}
