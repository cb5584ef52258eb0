import { describe, expect, test } from 'vitest';
import { createCredentials } from '../src/credentials/credentials.ts';
import type { AwsSpec } from '../src/schema.ts';
import { contextFor, createStsService, stored } from './sts-service.ts';

const roleArn = 'arn:aws:iam::123456789012:role/team/agent';
type Config = NonNullable<AwsSpec['config']>;

const specOf = (config: Config = {}, parts: Partial<AwsSpec> = {}): AwsSpec => ({
  type: 'aws',
  auth: { type: 'aws-sigv4', secretRef: 'aws-creds' },
  policy: { allow: ['s3:GetObject'] },
  ...parts,
  config,
});

const start = (spec: AwsSpec, secrets?: Readonly<Record<string, string>>) => {
  const sts = createStsService();
  const context = contextFor(sts, secrets);
  const source = createCredentials(spec, context);
  const revealed = async () => {
    const { accessKeyId, secretAccessKey, sessionToken } = await source();
    return [accessKeyId, secretAccessKey.reveal(), sessionToken?.reveal()];
  };
  return { sts, context, source, revealed };
};

describe('the keys of the Secret', () => {
  test('are used as they are where no role is named', async () => {
    const { revealed, sts } = start(specOf());
    expect(await revealed()).toEqual([stored.access_key_id, stored.secret_access_key, undefined]);
    expect(sts.asked).toEqual([]);
  });

  test('come with their session token', async () => {
    const secrets = { access_key_id: 'ASIA1', secret_access_key: 's', session_token: 'the-token' };
    expect(await start(specOf(), secrets).revealed()).toEqual(['ASIA1', 's', 'the-token']);
  });

  test.each([
    ['no key', {}, {}, 'secret_missing', /no key access_key_id/],
    ['half a key', { access_key_id: 'AKIA1' }, {}, 'secret_missing', /no key secret_access_key/],
    [
      'temporary keys without their token',
      { access_key_id: 'ASIA1', secret_access_key: 's' },
      {},
      'secret_missing',
      /store that as session_token/,
    ],
    [
      'an id that is none',
      { access_key_id: 'AKIA canary', secret_access_key: 's' },
      {},
      'secret_invalid',
      /is no access key id/,
    ],
    [
      'two identities',
      { ...stored, web_identity_token: 'a.b.c' },
      { assumeRole: { roleArn } },
      'secret_invalid',
      /aws-creds\/access_key_id stands beside aws-creds\/web_identity_token/,
    ],
    [
      'a web identity token and no role',
      { web_identity_token: 'a.b.c' },
      {},
      'config_invalid',
      /^config\.assumeRole: .* add config\.assumeRole\.roleArn/,
    ],
  ])('%s is refused', (_what, secrets, config, code, message) => {
    const make = () => start(specOf(config), secrets);
    expect(make).toThrow(expect.objectContaining({ code, message: expect.stringMatching(message) }));
    expect(make).not.toThrow(/canary/);
  });
});

describe('a role', () => {
  test('is taken on at the STS of the region, signed, with all that was configured', async () => {
    const assumeRole = { roleArn, externalId: 'ours:1', sessionName: 'dev', durationSeconds: 900 };
    const { revealed, sts, context } = start(specOf({ region: 'eu-central-1', assumeRole }));
    expect(await revealed()).toEqual([
      'ASIACANARYSESSION1',
      'canarySessionSecret1',
      'canarySessionToken/1==',
    ]);
    const [{ url, form, signedBy } = { url: '', form: {}, signedBy: '' }] = sts.asked;
    expect([url, signedBy]).toEqual(['https://sts.eu-central-1.amazonaws.com/', stored.access_key_id]);
    const { Policy = '', ...rest } = form as Record<string, string>;
    expect(rest).toEqual({
      Action: 'AssumeRole',
      Version: '2011-06-15',
      RoleArn: roleArn,
      RoleSessionName: 'dev',
      DurationSeconds: '900',
      ExternalId: 'ours:1',
    });
    expect(JSON.parse(Policy).Statement[0]).toEqual({
      Effect: 'Allow',
      Action: ['s3:GetObject'],
      Resource: ['*'],
    });
    expect(sts.asked[0]?.body).toContain('%22Resource%22%3A%5B%22%2A%22%5D');
    expect(context.derived).toEqual(expect.arrayContaining((await revealed()) as string[]));
  });

  test('has defaults for the rest, and no policy where the user wants none', async () => {
    const { revealed, sts } = start(specOf({ assumeRole: { roleArn, sessionPolicy: false } }));
    await revealed();
    expect(sts.asked[0]).toMatchObject({ url: 'https://sts.us-east-1.amazonaws.com/' });
    expect(sts.asked[0]?.form).toEqual({
      Action: 'AssumeRole',
      Version: '2011-06-15',
      RoleArn: roleArn,
      RoleSessionName: 'pai-aws-prod',
      DurationSeconds: '3600',
    });
  });

  test('is taken on with a web identity token by a call that nobody signs', async () => {
    const { revealed, sts } = start(specOf({ assumeRole: { roleArn } }), { web_identity_token: 'a.b.c' });
    expect((await revealed())[0]).toBe('ASIACANARYSESSION1');
    expect(sts.asked[0]).toMatchObject({
      signedBy: undefined,
      form: { Action: 'AssumeRoleWithWebIdentity', WebIdentityToken: 'a.b.c', RoleArn: roleArn },
    });
  });

  test('is taken on once for all who ask, and again before the session ends', async () => {
    const { revealed, source, sts } = start(specOf({ assumeRole: { roleArn } }));
    const all = await Promise.all([source(), source(), source()]);
    expect(new Set(all).size).toBe(1);
    expect(sts.asked).toHaveLength(1);
    sts.time = { here: sts.time.here + 3_599_000, there: sts.time.there + 3_599_000 };
    await revealed();
    await expect.poll(async () => (await revealed())[0]).toBe('ASIACANARYSESSION2');
    expect(sts.asked).toHaveLength(2);
  });

  test('is taken on although the clock here is wrong, and stays so', async () => {
    const { revealed, sts } = start(specOf({ assumeRole: { roleArn } }));
    sts.time.there += 3_600_000;
    expect((await revealed())[0]).toBe('ASIACANARYSESSION1');
  });

  test.each([
    ['behind', 7_200_000],
    ['ahead', -7_200_000],
  ])('ends when AWS says, with a clock here that is %s', async (_, wrong) => {
    const { revealed, sts } = start(specOf({ assumeRole: { roleArn } }));
    sts.time.there += wrong;
    expect((await revealed())[0]).toBe('ASIACANARYSESSION1');
    sts.time = { here: sts.time.here + 3_601_000, there: sts.time.there + 3_601_000 };
    expect((await revealed())[0]).toBe('ASIACANARYSESSION2');
  });

  test.each([
    ['arn:aws-cn:iam::123456789012:role/a', undefined, 'sts.cn-northwest-1.amazonaws.com.cn'],
    ['arn:aws-us-gov:iam::123456789012:role/a', 'us-gov-east-1', 'sts.us-gov-east-1.amazonaws.com'],
    ['arn:aws-iso-b:iam::123456789012:role/a', undefined, 'sts.us-isob-east-1.sc2s.sgov.gov'],
    ['arn:aws-eusc:iam::123456789012:role/a', undefined, 'sts.eusc-de-east-1.amazonaws.eu'],
  ])('%s in region %s is taken on at %s', async (arn, region, host) => {
    const config = { assumeRole: { roleArn: arn }, ...(region !== undefined && { region }) };
    const { revealed, sts } = start(specOf(config));
    await revealed();
    expect(sts.asked[0]?.url).toBe(`https://${host}/`);
  });

  test.each([
    ['arn:aws-nowhere:iam::123456789012:role/a', undefined, /"aws-nowhere" is no partition of AWS/],
    [
      'arn:aws-cn:iam::123456789012:role/a',
      'us-east-1',
      /in the partition aws-cn, and config\.region us-east-1 is not/,
    ],
    ['arn:aws:iam::123456789012:role/a', 'us-gov-west-1', /config\.region us-gov-west-1 is not/],
  ])('%s in region %s is a slip that is told', (arn, region, message) => {
    const config = { assumeRole: { roleArn: arn }, ...(region !== undefined && { region }) };
    expect(() => start(specOf(config))).toThrow(
      expect.objectContaining({ code: 'config_invalid', message: expect.stringMatching(message) }),
    );
  });

  test.each([
    ['AccessDenied', /403\): its trust policy does not name the identity of the access key/],
    ['ExpiredToken', /the session_token in the Secret has ended/],
    ['ValidationError', /config\.assumeRole\.durationSeconds/],
    ['PackedPolicyTooLarge', /with its session policy with PackedPolicyTooLarge/],
    ['Brand.New', /Brand\.New \(status 400\): look at the access key and at the role/],
    ['<b>', /no code \(status 400\)/],
  ])('that STS refuses with %s is told without a secret', async (code, message) => {
    const { revealed, sts } = start(specOf({ assumeRole: { roleArn } }));
    sts.fail = code;
    const error = await revealed().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'credential_unavailable', message: expect.stringMatching(message) });
    expect(String(error)).not.toMatch(/canary|what AWS says/i);
  });

  test('is not had from an answer without credentials', async () => {
    const { revealed, sts } = start(specOf({ assumeRole: { roleArn } }));
    sts.answer =
      '<AssumeRoleResponse><Credentials><AccessKeyId>x</AccessKeyId></Credentials></AssumeRoleResponse>';
    await expect(revealed()).rejects.toMatchObject({
      code: 'credential_unavailable',
      message: expect.stringContaining('answered with no credentials in it'),
    });
  });

  test('with keys that AWS does not know is told so', async () => {
    const secrets = { ...stored, secret_access_key: 'canaryAnotherSecret' };
    const { revealed } = start(specOf({ assumeRole: { roleArn } }), secrets);
    await expect(revealed()).rejects.toMatchObject({
      message: expect.stringContaining(
        'the secret_access_key in the Secret may not belong to its access_key_id, or something on the way changed the request',
      ),
    });
  });
});

test('a session that no role allows is a slip that is told', () => {
  expect(() => start(specOf({ assumeRole: { roleArn, durationSeconds: 43_201 } }))).toThrow(
    /^config\.assumeRole\.durationSeconds: no role allows sessions of more than 43200 seconds/,
  );
});

test('where nothing is sent, nothing is read and nobody is asked; what is wrong in the spec is told all the same', async () => {
  const sts = createStsService();
  const offline = { ...contextFor(sts, {}), isOffline: true };
  const source = createCredentials(specOf({ assumeRole: { roleArn } }), offline);
  expect((await source()).secretAccessKey.reveal()).toMatch(/^\[secret /);
  expect(sts.asked).toEqual([]);
  const unsayable = specOf(
    { assumeRole: { roleArn } },
    { scope: { resources: ['arn:aws*:s3:::my-bucket'] } },
  );
  expect(() => createCredentials(unsayable, offline)).toThrow(/^scope\.resources\[0\]/);
});
