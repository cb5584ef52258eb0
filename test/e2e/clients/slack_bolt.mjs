import bolt from '@slack/bolt';

const app = new bolt.App({
  token: process.env.SLACK_BOT_TOKEN,
  appToken: process.env.SLACK_APP_TOKEN,
  socketMode: true,
});
app.message(async ({ message, say }) => {
  const answer = await say(`you said: ${message.text}`);
  console.log('answered', answer.ok, answer.channel);
  try {
    await app.client.chat.delete({ channel: answer.channel, ts: answer.ts });
  } catch (error) {
    console.log(error.name, error.message);
  }
  await app.stop();
  process.exit(0);
});
await app.start();
console.log('started');
