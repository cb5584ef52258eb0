import { google } from 'googleapis';
import { runSteps } from '../run-steps.mjs';

const scopes = ['https://www.googleapis.com/auth/cloud-platform'];
const auth = new google.auth.GoogleAuth({ scopes });
const storage = google.storage({ version: 'v1', auth, retry: false });
const pubsub = google.pubsub({ version: 'v1', auth, retry: false });

const operations = {
  put: async ({ bucket, key, text }) =>
    void (await storage.objects.insert({ bucket, name: key, media: { mimeType: 'text/plain', body: text } })),
  get: async ({ bucket, key }) =>
    String((await storage.objects.get({ bucket, object: key, alt: 'media' }, { responseType: 'text' })).data),
  list: async ({ bucket, prefix }) =>
    ((await storage.objects.list({ bucket, prefix })).data.items ?? []).map(({ name }) => name).sort(),
  delete: async ({ bucket, key }) => void (await storage.objects.delete({ bucket, object: key })),
  topics: async ({ project }) =>
    ((await pubsub.projects.topics.list({ project: `projects/${project}` })).data.topics ?? []).map(
      ({ name }) => name,
    ),
};

await runSteps(operations);
