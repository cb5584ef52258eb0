import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { CreateSessionCommand, S3Client } from '@aws-sdk/client-s3';
import {
  AssumeRoleCommand,
  AssumeRoleWithSAMLCommand,
  AssumeRoleWithWebIdentityCommand,
  AssumeRootCommand,
  GetFederationTokenCommand,
  GetSessionTokenCommand,
  STSClient,
} from '@aws-sdk/client-sts';
import { findPlaceholder } from '@pai/core';
import { requestFor } from '@pai/core/conformance';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createAnswer } from '../src/answer/answer.ts';
import type { Endpoint } from '../src/endpoint.ts';

const now = Date.UTC(2026, 0, 1);
const anHourLater = new Date(Date.UTC(2026, 0, 1, 1));
const placeholder = 'pai-placeholder-aws-prod';

const endpointOf = (service: string): Endpoint => ({
  service,
  models: [service],
  signingName: service,
  region: 'us-east-1',
  partition: 'aws',
  labels: [],
  algorithm: 'sigv4',
  isGlobal: false,
});

const answerAt = (service: string | undefined, accountId?: string) =>
  createAnswer({
    provider: 'aws-prod',
    region: 'eu-west-1',
    accountId,
    now: () => now,
    endpointOf: () => (service === undefined ? undefined : endpointOf(service)),
  });

/** A server that answers as the sidecar would, and fails for what it would not answer. */
async function openAnswering(service: string) {
  const answer = answerAt(service);
  const server = createServer(async (message, response) => {
    const { method = '', url = '', headers } = message;
    const request = requestFor({
      method,
      url: `https://x.amazonaws.com${url}`,
      headers: Object.entries(headers).flatMap(([name, value]) => [name, `${value}`]),
      body: await buffer(message),
    });
    const answered = await answer(request);
    if (answered === undefined) response.writeHead(500).end();
    else response.writeHead(answered.status, answered.headers).end(answered.body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close().closeAllConnections());
  return {
    region: 'us-east-1',
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    credentials: { accessKeyId: placeholder, secretAccessKey: placeholder },
    maxAttempts: 1,
  };
}

const credentials = {
  AccessKeyId: placeholder,
  SecretAccessKey: placeholder,
  SessionToken: placeholder,
  Expiration: anHourLater,
};
const role = { RoleArn: 'arn:aws-cn:iam::123456789012:role/team/agent', RoleSessionName: 'a&<b' };
const AssumedRoleUser = {
  AssumedRoleId: 'placeholder:a&<b',
  Arn: 'arn:aws-cn:sts::123456789012:assumed-role/agent/a&<b',
};

describe('STS answers its own client with placeholders (W13)', () => {
  test.each([
    ['AssumeRole', new AssumeRoleCommand(role), { AssumedRoleUser }],
    [
      'AssumeRoleWithWebIdentity',
      new AssumeRoleWithWebIdentityCommand({ ...role, WebIdentityToken: 'a.b.c' }),
      { AssumedRoleUser },
    ],
    [
      'AssumeRoleWithSAML',
      new AssumeRoleWithSAMLCommand({
        RoleArn: role.RoleArn,
        PrincipalArn: role.RoleArn,
        SAMLAssertion: 'PD94',
      }),
      { AssumedRoleUser: { AssumedRoleId: 'placeholder:placeholder' } },
    ],
    [
      'AssumeRoot',
      new AssumeRootCommand({
        TargetPrincipal: '123456789012',
        TaskPolicyArn: { arn: 'arn:aws:iam::aws:policy/x' },
      }),
      {},
    ],
    ['GetSessionToken', new GetSessionTokenCommand({}), {}],
    [
      'GetFederationToken',
      new GetFederationTokenCommand({ Name: 'someone' }),
      { FederatedUser: { Arn: 'arn:aws:sts::000000000000:federated-user/someone' } },
    ],
  ])('for %s', async (_name, command, expected) => {
    const client = new STSClient(await openAnswering('sts'));
    const answered = await client.send(command as AssumeRoleCommand);
    expect(answered).toMatchObject({ Credentials: credentials, ...expected });
    expect(findPlaceholder(answered.Credentials?.AccessKeyId ?? '')).toBe(placeholder);
  });

  test('for GetSessionToken in the query of a GET, and in gzip', async () => {
    const url = 'https://sts.amazonaws.com/';
    const form = 'Action=GetSessionToken&Version=2011-06-15';
    const headers = { 'content-type': 'application/x-www-form-urlencoded', 'content-encoding': 'gzip' };
    const zipped = requestFor({ method: 'POST', url, headers, body: gzipSync(form) });
    for (const request of [requestFor({ url: `${url}?${form}` }), zipped]) {
      const answered = await answerAt('sts')(request);
      expect(answered).toMatchObject({
        status: 200,
        headers: ['content-type', 'text/xml', 'x-amzn-requestid', request.id],
      });
      expect(answered?.body).toMatch(
        /^<\?xml version="1\.0" encoding="UTF-8"\?>\n<GetSessionTokenResponse xmlns="https:/,
      );
    }
  });
});

const form = { 'content-type': 'application/x-www-form-urlencoded' };
const asForm = (body: string | Uint8Array, headers: Record<string, string> = form) =>
  requestFor({ method: 'POST', url: 'https://sts.amazonaws.com/', headers, body });

describe('what could be taken for a request for credentials, and is none, is refused:', () => {
  test.each([
    ['two actions', asForm('Action=GetCallerIdentity&Action=AssumeRole')],
    [
      'one in the query, another in the form',
      requestFor({
        method: 'POST',
        url: 'https://sts.amazonaws.com/?Action=GetCallerIdentity',
        headers: form,
        body: 'Action=AssumeRole',
      }),
    ],
    ['another case', asForm('Action=assumerole')],
    ['another case of the parameter', asForm('action=AssumeRole')],
    ['another path', requestFor({ url: 'https://sts.amazonaws.com/x?Action=AssumeRole' })],
    ['another method', requestFor({ method: 'PUT', url: 'https://sts.amazonaws.com/?Action=AssumeRole' })],
    [
      'JSON',
      asForm('{}', {
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': 'AWSSecurityTokenServiceV20110615.AssumeRole',
      }),
    ],
    ['JSON beside a form', asForm('Action=AssumeRole', { ...form, 'x-amz-target': 'x.GetCallerIdentity' })],
    [
      'CBOR',
      requestFor({
        method: 'POST',
        url: 'https://sts.amazonaws.com/service/AWSSecurityTokenServiceV20110615/operation/Assume%52ole',
      }),
    ],
    ['a form in an unknown encoding', asForm('x', { ...form, 'content-encoding': 'br' })],
    ['a form of another type', asForm('Action=AssumeRole', { 'content-type': 'text/plain' })],
    ['content without a type', asForm('Action=AssumeRole', {})],
  ])('%s', async (_what, request) => {
    await expect(answerAt('sts')(request)).rejects.toMatchObject({ code: 'malformed_request' });
  });

  test('a form that is too large to be read', async () => {
    const answering = answerAt('sts')(asForm(`Action=AssumeRole&Policy=${'x'.repeat(1_048_576)}`));
    await expect(answering).rejects.toMatchObject({ code: 'body_too_large' });
  });

  test.each(['GET /key?session', 'POST /?session', 'GET /key?%73ession=', 'HEAD /?Session'])(
    '%s at a directory bucket',
    async (line) => {
      const [method = '', target = ''] = line.split(' ');
      const request = requestFor({ method, url: `https://b--x-s3.s3express.amazonaws.com${target}` });
      await expect(answerAt('s3express')(request)).rejects.toMatchObject({ code: 'malformed_request' });
    },
  );
});

describe('nothing else is answered:', () => {
  test.each([
    ['sts', asForm('Action=GetCallerIdentity&Version=2011-06-15')],
    ['sts', asForm('Action=DecodeAuthorizationMessage&EncodedMessage=AssumeRole')],
    ['sts', requestFor({ url: 'https://sts.amazonaws.com/?Action=GetWebIdentityToken' })],
    ['iam', asForm('Action=AssumeRole')],
    ['s3', requestFor({ url: 'https://b.s3.amazonaws.com/?session' })],
    ['s3express', requestFor({ url: 'https://b--x-s3.s3express.amazonaws.com/?list-type=2' })],
    [undefined, requestFor({ url: 'https://example.com/?Action=AssumeRole' })],
  ])('%s %#', async (service, request) => {
    expect(await answerAt(service)(request)).toBeUndefined();
  });
});

test('a directory bucket gives its own client a placeholder session', async () => {
  const client = new S3Client({ ...(await openAnswering('s3express')), forcePathStyle: true });
  client.middlewareStack.add(
    (next) => (args) => {
      Object.assign(args.request as object, { path: '/' });
      return next(args);
    },
    { step: 'finalizeRequest' },
  );
  const { Credentials } = await client.send(new CreateSessionCommand({ Bucket: 'b' }));
  expect(Credentials).toEqual(credentials);
});

describe('the metadata endpoints', () => {
  const metadata = async (line: string, headers: Record<string, string> = {}, accountId?: string) => {
    const [method = '', address = ''] = line.split(' ');
    const answered = await answerAt(
      undefined,
      accountId,
    )(requestFor({ method, url: `http://${address}`, headers }));
    const text = String(answered?.body);
    return { status: answered?.status, body: text.startsWith('{') ? JSON.parse(text) : text };
  };
  const instance = '169.254.169.254/latest';
  const session = {
    AccessKeyId: placeholder,
    SecretAccessKey: placeholder,
    Token: placeholder,
    Expiration: '2026-01-01T01:00:00Z',
  };

  test.each([
    [`GET ${instance}/meta-data/iam/security-credentials/`, placeholder],
    [`GET ${instance}/meta-data/iam/security-credentials`, placeholder],
    [
      `GET ${instance}/meta-data/iam/security-credentials/${placeholder}`,
      { Code: 'Success', Type: 'AWS-HMAC', LastUpdated: '2026-01-01T00:00:00Z', ...session },
    ],
    [`GET ${instance}/meta-data/placement/region`, 'eu-west-1'],
    [`GET ${instance}/meta-data/placement/availability-zone/`, 'eu-west-1a'],
    [
      `GET ${instance}/dynamic/instance-identity/document`,
      { version: '2017-09-30', region: 'eu-west-1', availabilityZone: 'eu-west-1a' },
    ],
    ['GET 169.254.170.2/v2/credentials/8b2d', session],
    ['GET 169.254.170.23/v1/credentials', session],
  ])('%s is answered', async (line, body) => {
    expect(await metadata(line)).toEqual({ status: 200, body });
  });

  test('give a token for as long as it is asked for, and none without', async () => {
    const ask = (seconds: Record<string, string>) => metadata(`PUT ${instance}/api/token`, seconds);
    expect(await ask({ 'x-aws-ec2-metadata-token-ttl-seconds': '21600' })).toEqual({
      status: 200,
      body: placeholder,
    });
    expect(await ask({})).toMatchObject({ status: 400 });
  });

  test('say the account where it is known', async () => {
    const accountId = '123456789012';
    const line = `GET ${instance}/dynamic/instance-identity/document`;
    expect((await metadata(line, {}, accountId)).body).toMatchObject({ accountId });
    expect((await metadata('GET 169.254.170.23/v1/credentials', {}, accountId)).body).toMatchObject({
      AccountId: accountId,
    });
  });

  test.each([
    `GET ${instance}/api/token`,
    `GET ${instance}/meta-data/iam/security-credentials/another`,
    `GET ${instance}/user-data`,
    `POST ${instance}/meta-data/iam/security-credentials/`,
    `GET ${instance}/../latest/meta-data/placement/region`,
    'GET 169.254.169.254/',
    'GET 169.254.170.2/v1/credentials',
    'GET 169.254.170.2/v4/task',
    'GET 169.254.170.23/v2/credentials/8b2d',
    'POST 169.254.170.2/v2/credentials/8b2d',
  ])('%s is not there', async (line) => {
    expect(await metadata(line)).toEqual({ status: 404, body: '' });
  });
});
