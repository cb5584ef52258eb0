import { execFile } from 'node:child_process';
import { PaiError } from '@pai/core';

/** Milliseconds for one command. */
const deadline = 600_000;

/**
 * Runs npm in a directory, with its settings of `ambient`, or in `env` alone. Rejects with `program_unavailable` and the
 * last of what it said.
 */
export async function runNpm(
  words: readonly string[],
  directory: string,
  ambient: NodeJS.ProcessEnv,
  env: Readonly<Record<string, string>> = settingsOf(ambient),
): Promise<void> {
  const [command = '', ...others] = words;
  const given = [command, '--no-audit', '--no-fund', '--no-update-notifier', '--loglevel=error', ...others];
  await new Promise<void>((resolve, reject) => {
    const options = { cwd: directory, env, timeout: deadline, maxBuffer: 16 << 20 };
    execFile('npm', given, options, (error, stdout, stderr) => {
      if (error === null) return resolve();
      const isMissing = error.code === 'ENOENT';
      const why = isMissing ? 'there is no npm in PATH' : lastOf(`${stdout}\n${stderr}`);
      reject(new PaiError('program_unavailable', `npm ${command}: ${why}`, { cause: error }));
    });
  });
}

/** What npm needs to reach its registry. */
function settingsOf(ambient: NodeJS.ProcessEnv): Record<string, string> {
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
