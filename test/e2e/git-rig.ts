import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  applyResources,
  builtinPlugins,
  createSecretStore,
  loadCa,
  readResources,
  startSidecar,
} from '@pai/sidecar';
import { type GitService, repositoryConfig, startGitService } from './git-service.ts';

/** The credential that no agent holds. */
export const token = 'ghp_gitRealTokenThatNoAgentMaySee0002';

/** What git did. */
export interface GitRun {
  readonly status: number;
  /** What it wrote to both outputs. */
  readonly text: string;
}

/** A sidecar between git and a service that stands for github.com. */
export interface GitRig {
  readonly service: GitService;
  /** Holds what the test makes. */
  readonly dir: string;
  /** Runs git as an agent: with no credential, the sidecar as its proxy and the sidecar's CA. */
  readonly git: (args: readonly string[], cwd?: string, env?: NodeJS.ProcessEnv) => Promise<GitRun>;
  /** Runs another program in the same way. */
  readonly run: (program: string, args: readonly string[]) => Promise<GitRun>;
  /** Runs git in the service's own copy of `owner/repo`. */
  readonly atService: (repository: string, ...args: readonly string[]) => string;
  /** What the sidecar said. */
  readonly logs: readonly string[];
  readonly audit: () => Record<string, unknown>[];
  readonly apply: (yaml: string) => Promise<void>;
  close(): Promise<void>;
}

/** Starts a rig with these bare repositories and Provider resources, whose Secret is `github-pat`. */
export async function startGitRig(repositories: readonly string[], yaml: string): Promise<GitRig> {
  const dir = mkdtempSync(join(tmpdir(), 'pai-git-'));
  const path = (name: string) => join(dir, name);
  const root = path('service');
  for (const repository of repositories) {
    const bare = join(root, `${repository}.git`);
    execFileSync('git', ['init', '-q', '--bare', '-b', 'main', bare]);
    repositoryConfig(bare);
  }
  const serviceCa = loadCa();
  const service = await startGitService({ ca: serviceCa, token, root });
  writeFileSync(path('service-ca.pem'), serviceCa.certificatePem);
  const home = path('home');
  await createSecretStore(home).put('default', 'github-pat', { token });
  const apply = async (text: string) =>
    void (await applyResources(
      home,
      await readResources([{ file: 'x.yaml', text }], { plugins: builtinPlugins }),
    ));
  await apply(yaml);
  const logs: string[] = [];
  const address = { address: '127.0.0.1', port: service.port };
  const sidecar = await startSidecar({
    home,
    auditLog: path('audit.jsonl'),
    upstreamCa: path('service-ca.pem'),
    overrides: new Map(
      [
        'github.com',
        'api.github.com',
        'github-cloud.s3.amazonaws.com',
        'ghcr.io',
        'pkg-containers.githubusercontent.com',
      ].map((host) => [host, address]),
    ),
    proxy: [{ address: '127.0.0.1', port: 0 }],
    log: (line) => void logs.push(line),
  });
  writeFileSync(path('ca.pem'), sidecar.ca.certificatePem);
  const agent = {
    PATH: process.env['PATH'],
    HOME: dir,
    HTTPS_PROXY: `http://127.0.0.1:${sidecar.addresses.proxy[0]?.port}`,
    GIT_SSL_CAINFO: path('ca.pem'),
    SSL_CERT_FILE: path('ca.pem'),
    GIT_TERMINAL_PROMPT: '0',
    GIT_CONFIG_NOSYSTEM: '1',
    LC_ALL: 'C',
  };
  writeFileSync(
    path('.gitconfig'),
    '[user]\n\tname = Agent\n\temail = agent@example.com\n[init]\n\tdefaultBranch = main\n[advice]\n\tdetachedHead = false\n',
  );
  const run = (program: string, args: readonly string[], cwd = dir, env: NodeJS.ProcessEnv = {}) =>
    new Promise<GitRun>((resolve) => {
      const options = { cwd, env: { ...agent, ...env }, timeout: 60_000, maxBuffer: 1 << 24 };
      execFile(program, [...args], options, (error, out, err) => {
        resolve({ status: error === null ? 0 : Number(error.code ?? 1), text: out + err });
      });
    });
  return {
    service,
    dir,
    git: (args, cwd, env) => run('git', args, cwd, env),
    run,
    atService: (repository, ...args) =>
      execFileSync('git', ['--git-dir', join(root, `${repository}.git`), ...args], {
        encoding: 'utf8',
      }).trim(),
    logs,
    audit: () =>
      readFileSync(path('audit.jsonl'), 'utf8')
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line)),
    apply,
    async close() {
      await sidecar.close(0);
      service.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** Whether a program can be run. */
export function isThere(program: string): boolean {
  try {
    execFileSync(program, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
