import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { findPackageJSON, stripTypeScriptTypes } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Front, Launch } from './peer.ts';

/** Says that a program is not there, and what would bring it. */
export function obstacleOf(program: string, args: readonly string[], remedy: string): string | undefined {
  return spawnSync(program, args).error === undefined ? undefined : `${program} not found (${remedy})`;
}

/** The first version number that a program prints. */
export function versionOf(program: string, args: readonly string[]): string {
  const { stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  return /\d+\.\d+(?:\.\d+)?/.exec(`${stdout}${stderr}`)?.[0] ?? 'unknown';
}

/** Versions of installed npm packages by their names. */
export function packageVersions(...names: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    names.map((name) => {
      const file = findPackageJSON(name, import.meta.url);
      const { version } = JSON.parse(file === undefined ? '{}' : readFileSync(file, 'utf8')) as {
        version?: string;
      };
      return [name, version ?? 'unknown'];
    }),
  );
}

/** The path of a file of `bench/peers`. */
export function sourceOf(name: string): string {
  return join(bench, 'peers', name);
}

/**
 * The path of a program of `bench/peers` called `name`, in JavaScript: a program that Node has to strip of its types pays
 * some 50 ms and 12 MiB for that, which the sidecar as it is published does not.
 */
export function programOf(name: string): string {
  const peers = readdirSync(join(bench, 'peers')).filter((file) => file.endsWith('.ts'));
  for (const file of [...peers.map((each) => join('peers', each)), 'src/exchange.ts']) {
    const text = stripTypeScriptTypes(readFileSync(join(bench, file), 'utf8'));
    const program = join(programs, file.replace(/ts$/, 'js'));
    mkdirSync(dirname(program), { recursive: true });
    // Whole at once: other runs may be starting it.
    writeFileSync(`${program}.${process.pid}`, text.replaceAll(".ts';", ".js';"));
    renameSync(`${program}.${process.pid}`, program);
  }
  return join(programs, 'peers', `${name}.js`);
}

/** Starts the program of `bench/peers` called `name` with all that `readFront` gives. */
export function launchProgram(name: string) {
  return ({ site, service, certificate, port, upstreamPort }: Front): Launch => {
    const options = { port, upstreamPort, host: service.host, caFile: site.caFile, ...certificate };
    return { command: [process.execPath, programOf(name), JSON.stringify(options)] };
  };
}

const bench = fileURLToPath(new URL('../..', import.meta.url));

/** Where they find the packages that they need. */
const programs = join(bench, 'node_modules/.cache/pai-bench');
