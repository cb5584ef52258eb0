import { WebClient } from '@slack/web-api';

const [method, options = '{}'] = process.argv.slice(2);
const client = new WebClient(process.env.SLACK_BOT_TOKEN);
try {
  const result =
    method === 'upload'
      ? await client.filesUploadV2({ ...JSON.parse(options), file: Buffer.from('a file'), filename: 'a.txt' })
      : await client.apiCall(method, JSON.parse(options));
  console.log(JSON.stringify(result));
} catch (error) {
  console.log(error.name, error.message, JSON.stringify(error.data));
}
