// What an agent does with octokit, from its first issue to the download of an asset. Prints what it saw, as JSON.
import { Octokit } from 'octokit';

const octokit = new Octokit({
  auth: process.env.GITHUB_TOKEN,
  log: { debug() {}, info() {}, warn() {}, error() {} },
  retry: { enabled: false },
  throttle: { enabled: false },
});
const repo = { owner: 'myorg', repo: 'repo-a' };
const seen = {};

const { data: issue } = await octokit.rest.issues.create({ ...repo, title: 'by octokit' });
await octokit.rest.issues.createComment({ ...repo, issue_number: issue.number, body: 'a comment' });
const all = await octokit.paginate(octokit.rest.issues.listForRepo, { ...repo, state: 'all', per_page: 1 });
seen.paginated = all.some(({ number }) => number === issue.number) && all.length > 1;

const { data: release } = await octokit.rest.repos.createRelease({ ...repo, tag_name: 'v1', name: 'one' });
const content = Buffer.alloc(300_000, 'asset ');
const { data: asset } = await octokit.rest.repos.uploadReleaseAsset({
  ...repo,
  release_id: release.id,
  name: 'a.bin',
  data: content,
  headers: { 'content-type': 'application/octet-stream', 'content-length': content.length },
  baseUrl: 'https://uploads.github.com',
});
const download = await octokit.rest.repos.getReleaseAsset({
  ...repo,
  asset_id: asset.id,
  headers: { accept: 'application/octet-stream' },
});
seen.downloaded = Buffer.from(download.data).equals(content);
seen.asset = asset.id;

const refusal = async (call) => {
  try {
    await call();
    return 'was not refused';
  } catch (error) {
    return error.message;
  }
};
seen.hook = await refusal(() =>
  octokit.rest.repos.createWebhook({ ...repo, config: { url: 'https://evil.example' } }),
);
seen.elsewhere = await refusal(() => octokit.rest.issues.listForRepo({ owner: 'other', repo: 'secret' }));

if (process.argv[2] === 'graphql') {
  const query = `query ($owner: String!, $repo: String!) {
    repository(owner: $owner, name: $repo) { issues(first: 100) { nodes { id title } } }
  }`;
  const { repository } = await octokit.graphql(query, repo);
  const mine = repository.issues.nodes.find(({ title }) => title === 'by octokit');
  const mutation =
    'mutation ($id: ID!) { addComment(input: {subjectId: $id, body: "by GraphQL"}) { subject { id } } }';
  const { addComment } = await octokit.graphql(mutation, { id: mine.id });
  seen.commented = addComment.subject.id === mine.id;
  seen.foreignNode = await refusal(() => octokit.graphql(mutation, { id: process.argv[3] }));
  seen.foreignRepository = await refusal(() => octokit.graphql(query, { owner: 'other', repo: 'secret' }));
}
console.log(JSON.stringify(seen));
