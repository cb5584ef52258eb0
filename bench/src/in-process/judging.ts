import { type AgentRequest, createPipeline, emptyBody } from '@pai/core';
import { builtinPlugins, composeFromDocuments } from '@pai/sidecar';
import { requestFields } from '../exchange.ts';
import { githubProvider } from '../homes.ts';
import { api } from '../services.ts';

const count = Number(process.argv[2]);

const { attached } = await composeFromDocuments([{ file: 'github.yaml', text: githubProvider }], {
  plugins: builtinPlugins,
});
const [by] = attached;
if (by === undefined) throw new Error('there is no Provider');

const authorization = `token ${api.placeholder}`;
const headers = Object.freeze(['host', api.host, ...requestFields.flat(), 'authorization', authorization]);
const requests = Array.from({ length: 1_000 }, (_, i): AgentRequest => {
  const path = `/repos/myorg/repo-a/issues/${i}`;
  return {
    id: `request-${i}`,
    method: 'GET',
    host: api.host,
    port: 443,
    target: path,
    path,
    query: '',
    headers,
    body: emptyBody,
    protocol: 'h1',
  };
});
const request = (i: number) => requests[i % requests.length] as AgentRequest;
const { event } = await createPipeline([by]).judge(request(0));
if (event.decision !== 'allow') throw new Error(`the request would not be allowed: ${event.reason}`);

const line = Buffer.alloc(4_096);
const judge = (i: number) => {
  const asked = request(i);
  const resolution = by.provider.resolve(asked);
  if (resolution instanceof Promise) throw new Error('this request is resolved at once');
  const verdict = by.decide(asked, resolution);
  line.write(JSON.stringify({ ...event, request_id: asked.id, path: asked.path, rule: verdict.rule }));
};
const run = () => {
  for (let i = 0; i < count; i += 1) judge(i);
};
run();
const before = process.cpuUsage();
run();
const { user, system } = process.cpuUsage(before);
process.stdout.write(JSON.stringify({ judging: (user + system) / count }));
