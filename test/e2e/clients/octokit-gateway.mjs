// Octokit at a gateway: the access key stands where a token would.
import { Octokit } from 'octokit';

const octokit = new Octokit({ auth: process.env.PAI_ACCESS_KEY, baseUrl: process.argv[2] });
const { data } = await octokit.request('GET /repos/{owner}/{repo}/issues', {
  owner: 'myorg',
  repo: 'repo-a',
});
console.log('listed', data[0].title);
await octokit
  .request('POST /repos/{owner}/{repo}/issues', { owner: 'myorg', repo: 'repo-a', title: 'x' })
  .then(
    () => console.log('created'),
    (error) => console.log('denied', error.status, error.message),
  );
