import { Octokit } from 'octokit';

const octokit = new Octokit({
  auth: process.env.GITHUB_TOKEN,
  retry: { enabled: false },
  throttle: { enabled: false },
});
try {
  console.log(JSON.stringify(await octokit.graphql(process.argv[2])));
} catch (error) {
  console.log(error.status, error.name, error.message);
}
