import { PubSub } from '@google-cloud/pubsub';
import { runSteps } from '../run-steps.mjs';

const pubsub = new PubSub({ projectId: process.env.GOOGLE_CLOUD_PROJECT });

const operations = {
  topic: async ({ topic }) => (await pubsub.createTopic(topic))[0].name,
  subscription: async ({ topic, subscription }) =>
    (await pubsub.topic(topic).createSubscription(subscription))[0].name,
  publish: async ({ topic, texts }) => {
    const ids = await Promise.all(
      texts.map((text) => pubsub.topic(topic).publishMessage({ data: Buffer.from(text) })),
    );
    return ids.length;
  },
  // By StreamingPull, whose first message names the subscription.
  receive: ({ subscription, count }) =>
    new Promise((resolve, reject) => {
      const texts = [];
      const from = pubsub.subscription(subscription);
      from.on('error', reject);
      from.on('message', (message) => {
        message.ack();
        texts.push(String(message.data));
        if (texts.length === count) void from.close().then(() => resolve(texts.sort()));
      });
    }),
  topics: async ({ project = process.env.GOOGLE_CLOUD_PROJECT }) =>
    (await new PubSub({ projectId: project }).getTopics())[0].map(({ name }) => name),
  'delete-topic': async ({ topic }) => void (await pubsub.topic(topic).delete()),
};

await runSteps(operations);
await pubsub.close();
