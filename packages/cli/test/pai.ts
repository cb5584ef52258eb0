import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { runCli } from '../src/cli.ts';

/** How a run of `pai` ended. */
export interface Run {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

/** A directory of the test's own, removed with it, and `pai` with its home inside. */
export async function createDesk() {
  const directory = await mkdtemp(join(tmpdir(), 'pai-cli-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  const env = { PAI_HOME: join(directory, 'home'), PATH: process.env['PATH'] };
  return {
    directory,
    home: env.PAI_HOME,
    /** Runs `pai` in this process. */
    pai: async (
      args: readonly string[],
      input = '',
      more: NodeJS.ProcessEnv = {},
      isTTY = false,
    ): Promise<Run> => {
      const stdout = new PassThrough();
      const stderr = new PassThrough();
      const io = {
        env: { ...env, ...more },
        stdin: Object.assign(Readable.from(input === '' ? [] : [input]), { isTTY }),
        stdout,
        stderr,
      };
      const status = await runCli(args, io);
      stdout.end();
      stderr.end();
      return { status, out: await text(stdout), err: await text(stderr) };
    },
    /** Runs `pai` in a process of its own. */
    child: (args: readonly string[], input = ''): Promise<Run> => childIn(undefined, args, input),
    /** The same, in a directory. */
    childIn,
  };

  function childIn(cwd: string | undefined, args: readonly string[], input = ''): Promise<Run> {
    return new Promise((resolve) => {
      const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));
      const child = execFile(
        process.execPath,
        [main, ...args],
        { env, ...(cwd !== undefined && { cwd }) },
        (error, out, err) => {
          resolve({ status: error === null ? 0 : Number(error.code), out, err });
        },
      );
      child.stdin?.end(input);
    });
  }
}

/** A Provider that needs no plugin but the built-in one. */
export function apiProvider(name = 'api'): string {
  return `apiVersion: pai.io/v1
kind: Provider
metadata: {name: ${name}}
spec:
  type: http-token
  host: ${name}.example.com
  auth: {type: bearer, secretRef: ${name}-token, agentEnvVar: API_TOKEN}
  policy:
    httpRules:
      - {effect: allow, methods: [GET], paths: ["/v1/**"]}
`;
}
