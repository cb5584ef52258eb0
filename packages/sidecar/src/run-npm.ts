import { execFile } from 'node:child_process';
import type { PaiError } from '@pai/core';

/** How npm is run. */
export interface NpmRun {
  readonly directory: string;
  /** All of its environment. */
  readonly env: NodeJS.ProcessEnv;
  /** Milliseconds in which it has to be done. */
  readonly deadline: number;
  /** The error for what went wrong. */
  readonly failure: (why: string, cause: Error) => PaiError;
}

/** Runs npm, without a shell. Rejects with the `failure` of the last that it said. */
export async function runNpm(
  [command = '', ...others]: readonly string[],
  { directory, env, deadline, failure }: NpmRun,
): Promise<void> {
  // A repository brings settings of its own with it, in which programs stand that npm starts whatever it is told of scripts.
  const safe = ['--allow-git=none', '--no-audit', '--no-fund', '--no-update-notifier', '--loglevel=error'];
  const given = [command, ...safe, ...others];
  await new Promise<void>((resolve, reject) => {
    const options = { cwd: directory, env, timeout: deadline, maxBuffer: 16 << 20 };
    execFile('npm', given, options, (error, stdout, stderr) => {
      if (error === null) return resolve();
      const said = lastOf(`${stdout}\n${stderr}`);
      const why = said === '' ? `it ended with ${error.code ?? error.signal}` : said;
      reject(failure(error.code === 'ENOENT' ? 'there is no npm in PATH; install it' : why, error));
    });
  });
}

/** The part of an environment that npm needs to reach its registry. */
export function npmSettings(ambient: NodeJS.ProcessEnv): Record<string, string> {
  const isSetting = (name: string) =>
    /^(?:npm_config_.*|https?_proxy|no_proxy|path|home|lang|lc_all|tmpdir|node_extra_ca_certs|ssl_cert_file|userprofile|appdata|systemroot)$/i.test(
      name,
    );
  return Object.fromEntries(
    Object.entries(ambient).flatMap(([name, value]) =>
      value !== undefined && isSetting(name) ? [[name, value]] : [],
    ),
  );
}

function lastOf(text: string): string {
  const said = text
    .split('\n')
    .filter((line) => line.trim() !== '' && !/complete log of this run|^npm warn/i.test(line));
  return said.slice(0, 6).join(' | ').slice(0, 600);
}
