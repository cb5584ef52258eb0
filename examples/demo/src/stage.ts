import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { AuditEvent } from '@pai/core';
import { loadCa } from '@pai/sidecar';
import { createGitHub } from './github-service.ts';
import { createOrders } from './orders-service.ts';
import { type Ran, run, type Words } from './run.ts';
import { type Service, startService } from './service.ts';
import { type SidecarProcess, startSidecarProcess } from './sidecar-process.ts';

/** Everything the scenes are played on. All of it is in one temporary directory and ends with `close`. */
export interface Stage {
  readonly directory: string;
  readonly github: Service;
  readonly orders: Service;
  /** The credentials that no agent may ever see. */
  readonly tokens: readonly string[];
  readonly sidecar: SidecarProcess;
  /** Environment of an agent behind Pai: what `pai env` printed, and the PATH. */
  readonly agentEnv: Readonly<Record<string, string>>;
  /** Environment of an agent that goes round Pai: the same placeholders, trust in the services' own CA. */
  readonly directEnv: Readonly<Record<string, string>>;
  /** The lines of the audit log so far. */
  readonly audit: () => readonly AuditEvent[];
  /** Runs a command to its end with `env` as its whole environment. */
  readonly run: (words: Words, env: Readonly<Record<string, string>>) => Promise<Ran>;
  /** Runs a `pai` command. Throws with what it wrote when it fails. */
  readonly pai: (args: readonly string[], input?: string) => Promise<Ran>;
  close(): Promise<void>;
}

/**
 * Starts the services, stores two Secrets and two Providers, and starts the sidecar between them and the agent. `signal`
 * ends whatever is under way, so that what waits for it rejects.
 */
export async function setStage(signal: AbortSignal): Promise<Stage> {
  const directory = mkdtempSync(join(tmpdir(), 'pai-demo-'));
  const open: (() => Promise<void>)[] = [];
  const close = async () => {
    await Promise.allSettled(open.splice(0).map((end) => end()));
    rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    return { ...(await build(directory, open, signal)), close };
  } catch (thrown) {
    await close();
    throw thrown;
  }
}

async function build(
  directory: string,
  open: (() => Promise<void>)[],
  signal: AbortSignal,
): Promise<Omit<Stage, 'close'>> {
  const bare = bareEnv(directory);
  const paiEnv = { ...bare, PAI_HOME: join(directory, 'home') };
  await mkdir(join(directory, 'user'));
  const pai = async (args: readonly string[], input = '') => {
    const ran = await run([process.execPath, paiMain, ...args], { env: paiEnv, signal, input });
    if (ran.status !== 0) throw new Error(`pai ${args[0]} failed: ${ran.err}${ran.out}`);
    return ran;
  };
  const auditLog = join(directory, 'audit.jsonl');
  const publicCa = join(directory, 'services-ca.pem');

  const ca = loadCa();
  await writeFile(publicCa, ca.certificatePem);
  const [githubToken, ordersToken] = [`ghp_${random()}`, `int_${random()}`] as const;
  const github = await startService({
    host: 'api.github.com',
    token: githubToken,
    ca,
    handle: createGitHub(),
  });
  open.push(github.close);
  const orders = await startService({
    host: 'internal.example.com',
    token: ordersToken,
    ca,
    handle: createOrders(),
  });
  open.push(orders.close);

  await pai(['add', 'secret', 'github-pat', '--from-file', 'token=-'], githubToken);
  await pai(['add', 'secret', 'internal-token', '--from-file', 'token=-'], ordersToken);
  await pai(['apply', '-f', yamlPath('github-writer'), '-f', yamlPath('internal-api')]);

  const providers = ['--provider', 'github-writer,internal-api'];
  const sidecar = await startSidecarProcess(
    [
      ...([process.execPath, paiMain, 'sidecar'] as const),
      ...providers,
      ...['--listen', '127.0.0.1:0', '--proxy', '127.0.0.1:0'],
      ...[github, orders].flatMap(({ host, port }) => ['--upstream', `${host}=127.0.0.1:${port}`]),
      ...['--upstream-ca', publicCa, '--audit-log', auditLog],
    ],
    paiEnv,
    signal,
  );
  open.push(sidecar.stop);

  const printed = await pai(['env', ...providers, '--proxy', sidecar.proxy, '--format', 'json']);
  const given: Record<string, string> = JSON.parse(printed.out);
  const { GITHUB_TOKEN = '', INTERNAL_TOKEN = '' } = given;
  const trust = { CURL_CA_BUNDLE: publicCa, NODE_EXTRA_CA_CERTS: publicCa };
  return {
    directory,
    github,
    orders,
    tokens: [githubToken, ordersToken],
    sidecar,
    agentEnv: { ...bare, ...given },
    directEnv: { ...bare, ...trust, GITHUB_TOKEN, INTERNAL_TOKEN },
    audit: () => readAudit(auditLog),
    run: (words, env) => run(words, { env, signal }),
    pai,
  };
}

/** The file of a Provider that comes with the demo. */
export function yamlPath(provider: string): string {
  return fileURLToPath(new URL(`../${provider}.yaml`, import.meta.url));
}

const paiMain = fileURLToPath(new URL('../../../packages/cli/src/main.ts', import.meta.url));

/** Nothing of the user's own environment but what finds programs, so that the demo is the same everywhere. */
function bareEnv(directory: string): Record<string, string> {
  return { PATH: process.env['PATH'] ?? '', HOME: join(directory, 'user') };
}

function random(): string {
  return randomBytes(27).toString('base64url').replaceAll(/[-_]/g, 'x');
}

function readAudit(path: string): AuditEvent[] {
  const lines = readFileSync(path, 'utf8').split('\n');
  return lines.slice(0, -1).map((line) => JSON.parse(line));
}
