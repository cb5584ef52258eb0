import { Octokit } from 'octokit';

const [method, url] = process.argv.slice(2);
const octokit = new Octokit({
  auth: process.env.GITHUB_TOKEN,
  retry: { enabled: false },
  throttle: { enabled: false },
});
try {
  const { status, data } = await octokit.request(`${method} ${new URL(url).pathname}`);
  console.log(status, JSON.stringify(data));
} catch (error) {
  console.log(error.status, error.name, error.message);
}
