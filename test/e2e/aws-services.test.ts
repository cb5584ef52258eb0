import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateRoleCommand, GetUserCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { loadCa } from '@pai/sidecar';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { madeUpKeys } from './aws/keys.ts';
import { hasMoto, type Moto, startMoto } from './aws/moto.ts';
import { type Ended, type SidecarPod, startSidecarPod } from './aws/pod.ts';
import { currentPython, goClient, hasDebianBoto, pythonPath, type Result } from './aws/s3-clients.ts';
import {
  allowed,
  type Case,
  denied,
  inPython,
  outside,
  roleProvider,
  servicesProvider,
  unserved,
} from './aws/services.ts';
import { startTlsGate, type TlsGate } from './aws/tls-gate.ts';
import { findProgram } from './run-client.ts';

if (!hasMoto) console.warn('moto is not installed: its tests are skipped');

const dir = mkdtempSync(join(tmpdir(), 'pai-moto-'));
let moto: Moto;
let gate: TlsGate;
let pod: SidecarPod;

beforeAll(async () => {
  if (!hasMoto) return;
  moto = await startMoto(dir);
  const ca = loadCa();
  gate = await startTlsGate(ca, moto.port);
  pod = await startSidecarPod({
    address: '127.0.0.83',
    upstream: { port: gate.port, ca, keys: moto.keys },
    providers: servicesProvider + roleProvider,
    names: ['aws-agent', 'aws-role'],
  });
  const owner = new IAMClient({
    endpoint: `http://127.0.0.1:${moto.port}`,
    region: 'us-east-1',
    credentials: moto.keys,
  });
  const document = (statement: object) =>
    JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', ...statement }] });
  const trust = document({ Action: 'sts:AssumeRole', Principal: { AWS: '*' } });
  const all = document({ Action: '*', Resource: '*' });
  const RoleName = 'pai-role';
  await owner.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trust }));
  const policy = { RoleName, PolicyName: 'all', PolicyDocument: all };
  await owner.send(new PutRolePolicyCommand(policy));
}, 120_000);

afterAll(async () => {
  await pod?.close();
  await gate?.close();
  await moto?.close();
  rmSync(dir, { recursive: true, force: true });
});

const client = (name: string) => join(import.meta.dirname, 'clients/aws', name);
const results = ({ out, err }: Ended): Result[] => {
  const line = out.split('\n').find((text) => text.startsWith('[{'));
  if (line === undefined) throw new Error(out + err);
  return JSON.parse(line);
};
const python = (env: Record<string, string>) => async (cases: readonly Case[]) => {
  const steps = JSON.stringify(cases.map(({ call }) => inPython(call)));
  return results(await pod.run('/usr/bin/python3', [client('services_boto3.py'), steps], { env }));
};

const javascript = async (cases: readonly Case[], as = 'aws-agent') => {
  const steps = JSON.stringify(cases.map(({ call }) => call));
  return results(await pod.run(process.execPath, [client('services_v3.mjs'), steps], { as }));
};

const sdks = [
  {
    name: 'aws-sdk v3 (JS)',
    isThere: true,
    error: /AccessDenied|UnauthorizedOperation/,
    run: javascript,
    spares: [] as string[],
  },
  {
    name: "boto3 (Debian's)",
    isThere: hasDebianBoto,
    error: /ClientError|AccessDenied/,
    run: python({}),
    // moto takes another path than the one that botocore signs.
    spares: ['lambda'],
  },
  {
    name: 'boto3 (current)',
    isThere: true,
    error: /ClientError|AccessDenied/,
    run: python(currentPython),
    spares: ['lambda'],
  },
];

describe.skipIf(!hasMoto)('moto', () => {
  describe.each(sdks)('$name', ({ run, isThere, error, spares }) => {
    test.skipIf(!isThere)('calls what it may of ten services', async () => {
      const cases = allowed.filter(({ call }) => !spares.includes(call.service));
      const became = await run(cases);
      const wrong = cases.flatMap(({ call, says }, i) => {
        const { ok = false, error = '', message = '' } = became[i] ?? {};
        const isRight =
          says === undefined ? ok || /AlreadyExists|InUse/.test(error + message) : says.test(error + message);
        return isRight ? [] : [`${call.service} ${call.operation}: ${error} ${message}`];
      });
      expect(wrong).toEqual([]);
    });

    test.skipIf(!isThere)('is told in its own exception that an action is denied', async () => {
      const became = await run(denied);
      denied.forEach(({ action }, i) => {
        expect(became[i]).toMatchObject({ ok: false, error: expect.stringMatching(error) });
        expect(became[i]?.message).toMatch(new RegExp(`aws-agent: ${action} is (?:denied|not)`));
      });
    });

    test.skipIf(!isThere)('is told in its own exception that a resource is outside', async () => {
      const became = await run(outside);
      outside.forEach(({ resource }, i) => {
        expect(became[i]).toMatchObject({ ok: false, error: expect.stringMatching(error) });
        expect(became[i]?.message).toContain(`${resource}`);
        expect(became[i]?.message).toContain('is not in scope.resources');
      });
    });
  });

  test('a service that is not in config.services is denied, though the policy allows it', async () => {
    const [became] = await javascript([unserved]);
    expect(became?.message).toContain('config.services');
  });

  test('a role is taken on by a session that the service checks', async () => {
    const parameter = { Name: '/of/role', Value: 'x', Type: 'String' };
    const cases = [step('sts', 'GetCallerIdentity'), step('ssm', 'PutParameter', parameter)];
    const [identity, put] = await javascript(cases, 'aws-role');
    expect(identity).toMatchObject({ ok: true });
    expect(identity?.value).toMatchObject({
      Arn: expect.stringMatching(/assumed-role\/pai-role\/of-a-test$/),
    });
    expect(put).toMatchObject({ ok: true });
  });

  test('STS is answered by the sidecar, with placeholders', async () => {
    const [identity, role] = await javascript(sts);
    expect(role).toMatchObject({ ok: true });
    expect(JSON.stringify(role)).not.toMatch(/FQoG/);
    expect(identity?.ok === true || /sts:GetCallerIdentity/.test(identity?.message ?? '')).toBe(true);
  });

  const clis = [
    { name: 'awscli v2', file: '/usr/bin/aws', env: {} },
    { name: 'awscli v1', file: join(pythonPath, 'bin/aws'), env: currentPython },
  ];
  describe.each(clis)('$name', ({ file, env }) => {
    const isThere = findProgram(file) !== undefined;
    test.skipIf(!isThere)('finds a queue, and is told why it may not delete it', async () => {
      const found = await pod.run(file, ['sqs', 'get-queue-url', '--queue-name', 'pai-jobs'], { env });
      expect(found.out).toContain('/pai-jobs');
      const { QueueUrl } = JSON.parse(found.out);
      const url = String(QueueUrl).replace('http:', 'https:');
      const deleted = await pod.run(file, ['sqs', 'delete-queue', '--queue-url', url], { env });
      expect(deleted.err).toMatch(
        /An error occurred \(AccessDenied\w*\).*aws-agent: sqs:DeleteQueue is denied/s,
      );
    });
  });

  test.skipIf(findProgram(goClient) === undefined)('Go finds a queue over HTTP/2', async () => {
    const steps = [
      { op: 'queue', queue: 'pai-jobs' },
      { op: 'delete-queue', queue: 'https://sqs.us-east-1.amazonaws.com/123456789012/pai-jobs' },
    ];
    const [found, deleted] = results(await pod.run(goClient, [JSON.stringify(steps)]));
    expect(found?.value).toContain('pai-jobs');
    expect(deleted?.message).toContain('aws-agent: sqs:DeleteQueue is denied');
  });

  test('itself takes no signature by another secret', async () => {
    const { port, keys } = moto;
    const secretAccessKey = madeUpKeys('NONE').secretAccessKey;
    const options = { endpoint: `http://127.0.0.1:${port}`, region: 'us-east-1' };
    const stranger = new IAMClient({ ...options, credentials: { ...keys, secretAccessKey } });
    await expect(stranger.send(new GetUserCommand({ UserName: 'pai' }))).rejects.toThrow(/signature/);
  });

  test('no credential is in the audit log', () => {
    for (const secret of Object.values(moto.keys)) expect(pod.auditText()).not.toContain(secret);
  });
});

const step = (service: string, operation: string, input = {}): Case => ({
  action: `${service}:${operation}`,
  call: { op: 'call', service, operation, input },
});
const sts = [
  step('sts', 'GetCallerIdentity'),
  step('sts', 'AssumeRole', { RoleArn: 'arn:aws:iam::123456789012:role/x', RoleSessionName: 'x' }),
];
