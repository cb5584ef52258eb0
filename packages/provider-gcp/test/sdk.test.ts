import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createH2Server } from 'node:http2';
import type { AddressInfo, Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { PubSub } from '@google-cloud/pubsub';
import { Storage } from '@google-cloud/storage';
import { credentials } from '@grpc/grpc-js';
import type { Denial, LocalResponse, Outcome } from '@pai/core';
import { requestFor } from '@pai/core/conformance';
import { GoogleAuth, gaxios, Impersonated, type JWT, OAuth2Client } from 'google-auth-library';
import { expect, onTestFinished, test, vi } from 'vitest';
import { start } from './provider.ts';

const project = 'my-project';
const token = 'pai-placeholder-gcp-prod';
const scopes = ['https://www.googleapis.com/auth/cloud-platform'];

/** A Provider that allows next to nothing. */
const strict = () => start({ config: { project }, policy: { allow: ['resourcemanager.projects.get'] } });

type Judge = ReturnType<typeof start>['judge'];

/** An SDK's surroundings, with the placeholders in them, and a way to the Provider for its every request. */
function agent({ provider, judge } = strict()) {
  const dir = mkdtempSync(join(tmpdir(), 'pai-gcp-'));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  const { env, files = {} } = provider.placeholders;
  for (const [name, content] of Object.entries(files)) writeFileSync(join(dir, name), content);
  for (const [name, value] of Object.entries(env)) {
    vi.stubEnv(
      name,
      value.replace(/\{\{file:(.*?)\}\}/, (_, file: string) => join(dir, file)),
    );
  }
  onTestFinished(() => void vi.unstubAllEnvs());
  const asked: string[] = [];
  const fetchImplementation = async (input: string | URL | Request, init?: RequestInit) => {
    const request = new Request(input, init);
    asked.push(request.url);
    const { status, headers, body } = responseOf(
      await judge({
        method: request.method,
        url: request.url,
        headers: [...request.headers].flat(),
        body: Buffer.from(await request.arrayBuffer()),
      }),
    );
    return new Response(Buffer.from(body), { status, headers: pairsOf(headers) });
  };
  return { asked, transporter: new gaxios.Gaxios({ fetchImplementation }) };
}

/** A request that is sent gets what it was sent with. */
function responseOf(outcome: Outcome): LocalResponse {
  if (outcome.kind === 'respond') return outcome.response;
  const { headers, host, target } = outcome.request;
  const body = JSON.stringify({ host, target, headers: Object.fromEntries(pairsOf(headers)) });
  return { status: 200, headers: ['content-type', 'application/json'], body };
}

function pairsOf(headers: readonly string[]): [string, string][] {
  return headers.flatMap((name, i) => (i % 2 === 0 ? [[name.toLowerCase(), headers[i + 1] ?? '']] : []));
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

/** A server that answers as the Provider does for `host`. */
async function serve(judge: Judge, host: string): Promise<number> {
  const server = createServer(async (message, response) => {
    const { method = '', url = '', rawHeaders } = message;
    const headers = rawHeaders.map((text, i) => (rawHeaders[i - 1]?.toLowerCase() === 'host' ? host : text));
    const body = await buffer(message);
    const answer = responseOf(await judge({ method, url: `https://${host}${url}`, headers, body }));
    response.writeHead(answer.status, answer.headers).end(answer.body);
  });
  onTestFinished(() => server.closeAllConnections());
  return listen(server);
}

/** The same over HTTP/2, for answers that are one head. */
async function serveH2(judge: Judge, host: string): Promise<number> {
  const server = createH2Server();
  server.on('stream', async (stream, head) => {
    const headers = Object.entries(head).flatMap(([name, value]) =>
      name.startsWith(':') ? [] : [name, String(value)],
    );
    const body = await buffer(stream);
    const method = String(head[':method']);
    const url = `https://${host}${String(head[':path'])}`;
    const answer = responseOf(await judge({ method, url, headers, body, protocol: 'h2' }));
    stream.respond(
      { ':status': answer.status, ...Object.fromEntries(pairsOf(answer.headers)) },
      { endStream: true },
    );
  });
  return listen(server);
}

test('google-auth-library starts with the placeholder file, and gets tokens from us', async () => {
  const { asked, transporter } = agent();
  const auth = new GoogleAuth({ scopes, clientOptions: { transporter } });
  const client = await auth.getClient();
  expect((await client.getAccessToken()).token).toBe(token);
  expect(asked).toEqual(['https://oauth2.googleapis.com/token']);
  expect(await auth.getProjectId()).toBe(project);
  const { client_email } = await auth.getCredentials();
  expect(client_email).toBe(`${token}@${project}.iam.gserviceaccount.com`);
});

test('what google-auth-library sends has our token in place of its own', async () => {
  const started = start();
  const { transporter } = agent(started);
  const auth = new GoogleAuth({ scopes, clientOptions: { transporter } });
  const url = 'https://cloudresourcemanager.googleapis.com/v3/projects/my-project';
  const { data } = await auth.request<{ headers: Record<string, string> }>({ url });
  expect(data.headers['authorization']).toBe('Bearer ya29.canary-token-1');
});

test('google-auth-library impersonates whom it likes, and gets a placeholder', async () => {
  const { asked, transporter } = agent();
  const auth = new GoogleAuth({ scopes, clientOptions: { transporter } });
  const client = new Impersonated({
    sourceClient: (await auth.getClient()) as JWT,
    targetPrincipal: 'other@my-project.iam.gserviceaccount.com',
    targetScopes: scopes,
    transporter,
  });
  expect((await client.getAccessToken()).token).toBe(token);
  expect(asked.at(-1)).toContain('other@my-project.iam.gserviceaccount.com:generateAccessToken');
});

test('google-auth-library reads the sentence of a denial', async () => {
  const { transporter } = agent();
  const auth = new GoogleAuth({ scopes, clientOptions: { transporter } });
  const url = 'https://pubsub.googleapis.com/v1/projects/my-project/topics/t';
  const denied = auth.request({ url, method: 'DELETE' });
  await expect(denied).rejects.toMatchObject({
    status: 403,
    message: expect.stringMatching(/^gcp-prod: .*policy\.allow/),
    response: { data: { error: { code: 403, status: 'PERMISSION_DENIED' } } },
  });
});

test('@google-cloud/storage reads the sentence of a denial', async () => {
  const { judge } = strict();
  const port = await serve(judge, 'storage.googleapis.com');
  const authClient = new OAuth2Client();
  authClient.setCredentials({ access_token: token });
  const storage = new Storage({
    projectId: project,
    apiEndpoint: `http://127.0.0.1:${port}`,
    authClient,
    retryOptions: { autoRetry: false },
  });
  const sentence = expect.stringMatching(/^gcp-prod: .*policy\.allow/);
  const file = storage.bucket('my-bucket').file('a.txt');
  await expect(file.delete()).rejects.toMatchObject({ code: 403, message: sentence });
  await expect(file.getMetadata()).rejects.toMatchObject({ code: 403, message: sentence });
  await expect(file.save('x', { resumable: false })).rejects.toMatchObject({ code: 403, message: sentence });
  await expect(file.save('x', { resumable: true })).rejects.toThrow(/gcp-prod: /);
});

test('@google-cloud/pubsub reads the sentence of a denial, over gRPC', async () => {
  const started = strict();
  agent(started);
  const { judge } = started;
  const port = await serveH2(judge, 'pubsub.googleapis.com');
  const sslCreds = credentials.createInsecure() as never;
  const pubsub = new PubSub({ projectId: project, servicePath: '127.0.0.1', port, sslCreds });
  onTestFinished(() => pubsub.close());
  await expect(pubsub.topic('t').delete({ timeout: 5_000 })).rejects.toMatchObject({
    code: 7,
    details: expect.stringMatching(/^gcp-prod: .*policy\.allow/),
  });
});

test.each([
  [503, /gcp-prod/],
  [400, /gcp-prod/],
])('a refusal with status %i has its own status and our sentence', async (status, expected) => {
  const { provider } = strict();
  const denial: Denial = {
    provider: 'gcp-prod',
    decision: 'refuse',
    status,
    rule: 'overloaded',
    message: 'gcp-prod: try <again> & later',
    requestId: '1',
    actions: [],
  };
  for (const url of [
    'https://storage.googleapis.com/storage/v1/b',
    'https://my-bucket.storage.googleapis.com/k',
  ]) {
    const answer = provider.deny?.(denial, requestFor({ url }));
    expect(answer?.status).toBe(status);
    expect(String(answer?.body)).toMatch(expected);
    const isXml = url.includes('//my-bucket.');
    expect(String(answer?.body).includes('&lt;again&gt; &amp; later')).toBe(isXml);
    expect(provider.deny?.(denial, requestFor({ url, method: 'HEAD' })).body).toBe('');
  }
});
