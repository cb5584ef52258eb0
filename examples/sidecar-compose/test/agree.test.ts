import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { runCli } from '../../../packages/cli/src/cli.ts';

const root = join(import.meta.dirname, '../../..');
const example = join(import.meta.dirname, '..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');

const compose = parse(read('examples/sidecar-compose/compose.yaml'), { merge: true });
const [config, pod] = parseAllDocuments(read('examples/sidecar-compose/pod.yaml')).map((document) =>
  document.toJS(),
);
const [prepare, sidecar] = pod.spec.initContainers;
const [agent] = pod.spec.containers;
const dockerfile = read('packages/sidecar/Dockerfile');

/** The variables that the Dockerfile sets. */
const set = new Set([...dockerfile.matchAll(/\b(PAI_[A-Z_]+)=/g)].map(([, name]) => name));

async function helpOf(command: string): Promise<string> {
  const stdout = new PassThrough();
  await runCli([command, '--help'], { env: {}, stdin: Readable.from([]), stdout, stderr: stdout });
  return (await text(stdout.end())).replaceAll(/\s+/g, ' ');
}

test('what the pod is written in is what Kubernetes reads: every key is known and of its type', () => {
  const directory = mkdtempSync(join(example, 'node_modules/.pod-'));
  try {
    const file = join(directory, 'pod.ts');
    const imports = "import type { IConfigMap, IPod } from 'kubernetes-models/v1';";
    const values = `export const config: IConfigMap = ${JSON.stringify(config)};\nexport const pod: IPod = `;
    const check = (value: unknown) => {
      writeFileSync(file, `${imports}\n${values}${JSON.stringify(value)};\n`);
      const options = ['--noEmit', '--ignoreConfig', '--skipLibCheck', '--module', 'nodenext', '--strict'];
      const tsc = join(root, 'node_modules/.bin/tsc');
      return execFileSync(tsc, [...options, file], { encoding: 'utf8', cwd: directory });
    };
    expect(check(pod)).toBe('');
    expect(() => check({ ...pod, spec: { ...pod.spec, dnsPolicies: 'None' } })).toThrow();
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});

test('the pod holds what the compose file mounts', () => {
  const data: Record<string, string> = config.data;
  for (const [key, place] of [
    ['github-writer.yaml', 'providers/default/github-writer.yaml'],
    ['github-pat.yaml', 'secrets/default/github-pat.yaml'],
  ] as const) {
    expect(data[key]).toBe(read(`examples/sidecar-compose/home/${place}`));
    const [home] = pod.spec.volumes;
    expect(home.configMap.items).toContainEqual({ key, path: place });
  }
  const { files } = parse(data['github-pat.yaml'] ?? '');
  const mount = sidecar.volumeMounts.find(({ name }: { name: string }) => name === 'github-token');
  const { items } = pod.spec.volumes.at(-1).secret;
  expect(`${mount.mountPath}/${items[0].path}`).toBe(files.token);
  expect(`/run/secrets/${compose.services.sidecar.secrets[0]}`).toBe(files.token);
});

test('both run the same commands as the same user, confined in the same way', () => {
  const { services } = compose;
  expect([prepare.args, sidecar.args]).toEqual([services.prepare.command, services.sidecar.command]);
  const [words] = services.agent.command;
  expect(agent.args).toEqual([words.replaceAll('$$', '$')]);
  expect(agent.command).toEqual(services.agent.entrypoint);
  expect(agent.image).toBe(services.agent.image.replace(/^\$\{\w+:-(.*)\}$/, '$1'));
  const [, user] = /^USER (\d+):\d+$/m.exec(dockerfile) ?? [];
  for (const [name, container] of [
    ['prepare', prepare],
    ['sidecar', sidecar],
  ] as const) {
    const service = services[name];
    expect(service.image).toBe(`\${PAI_IMAGE:-${container.image}}`);
    expect(service).toMatchObject({
      user: `${user}:${user}`,
      read_only: true,
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
    });
    expect(container.securityContext).toEqual({
      runAsUser: Number(user),
      runAsGroup: Number(user),
      readOnlyRootFilesystem: true,
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
    });
  }
  const sysctls = pod.spec.securityContext.sysctls.map(({ name, value }: Record<string, string>) => [
    name,
    value,
  ]);
  expect(Object.fromEntries(sysctls)).toEqual(services.sidecar.sysctls);
  expect(sidecar.restartPolicy).toBe('Always');
});

test('the agent has neither the key of the CA nor the secret, nor the home', () => {
  const sources = (volumes: readonly string[]) => volumes.map((volume) => volume.split(':')[0]);
  expect(sources(compose.services.agent.volumes)).toEqual(['./resolv.conf', 'agent']);
  expect(compose.services.agent).not.toHaveProperty('secrets');
  expect(agent.volumeMounts.map(({ name }: { name: string }) => name)).toEqual(['agent']);
  expect(pod.spec).toMatchObject({ dnsPolicy: 'None', dnsConfig: { nameservers: ['127.0.0.1'] } });
  expect(read('examples/sidecar-compose/resolv.conf')).toBe('nameserver 127.0.0.1\n');
  expect(dockerfile).toContain('PAI_DNS=127.0.0.1:53');
});

test('their checks are the one of the Dockerfile', () => {
  const [, check = '[]'] = /HEALTHCHECK [^[]*CMD (\[.*\])/.exec(dockerfile) ?? [];
  expect(compose.services.sidecar.healthcheck.test).toEqual(['CMD', ...JSON.parse(check)]);
  expect(sidecar.startupProbe.exec.command).toEqual(JSON.parse(check));
  expect(sidecar.livenessProbe.exec.command).toEqual([...JSON.parse(check), '--live']);
});

test('every variable and option that they use is one of the command', async () => {
  const help = { sidecar: await helpOf('sidecar'), env: await helpOf('env'), health: await helpOf('health') };
  const used = [
    ...Object.keys(compose.services.sidecar.environment),
    ...sidecar.env.map(({ name }: { name: string }) => name),
    ...set,
  ].filter((name) => name !== 'PAI_HOME');
  expect(used.filter((name) => !help.sidecar.includes(`env: ${name}`))).toEqual([]);
  const options = (words: readonly string[]) => words.filter((word) => word.startsWith('--'));
  expect(options(prepare.args).filter((option) => !help.env.includes(option))).toEqual([]);
  expect(options(sidecar.livenessProbe.exec.command)).toEqual(['--live']);
  expect(help.health).toContain('--live');
  expect(help.sidecar).toContain('$PAI_HOME');
});
