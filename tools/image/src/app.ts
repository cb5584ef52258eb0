import { cpSync, existsSync, mkdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { bundleCommand, bundleModules, bundleSidecar, type Written } from '@pai/bundle';

/**
 * Lays the `pai` command into `app`: `dist/pai.js` and, in `node_modules`, the sidecar as one file, the modules that a
 * plugin's process is made of, and the packages that any of these loads when it runs. Throws when two versions of one
 * package are needed.
 */
export async function layApp(root: string, app: string): Promise<void> {
  const modules = join(app, 'node_modules');
  const ownTarget = (name: string) => join(modules, '@pai', name);
  const build = (name: string, input: readonly string[]) =>
    bundleModules(name, input, join(ownTarget(name), 'dist'));
  const sidecar = ownTarget('sidecar');
  const parts = [
    { name: 'sidecar', target: sidecar, written: await bundleSidecar(join(sidecar, 'dist')) },
    { name: 'sidecar', target: sidecar, written: await build('sidecar', ['isolation/child/main']) },
    { name: 'core', target: ownTarget('core'), written: await build('core', ['index', 'conformance']) },
    { name: 'policy', target: ownTarget('policy'), written: await build('policy', ['index']) },
    { name: 'cli', target: app, written: await bundleCommand(join(app, 'dist')) },
  ];
  const laid = new Map<string, string>();
  for (const { name, target, written } of parts) {
    const directory = join(root, 'packages', name);
    const { publishConfig, ...manifest } = manifestOf(directory);
    const published = { ...manifest, ...publishConfig, devDependencies: undefined };
    writeFileSync(join(target, 'package.json'), `${JSON.stringify(published, undefined, 2)}\n`);
    for (const wanted of packagesIn(written)) layPackage(wanted, directory, modules, laid);
  }
  for (const file of ['LICENSE', 'NOTICE']) cpSync(join(root, file), join(app, file));
}

interface Manifest {
  readonly version: string;
  readonly publishConfig?: object;
  readonly dependencies?: Readonly<Record<string, string>>;
}

function manifestOf(directory: string): Manifest {
  return JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'));
}

function packagesIn(written: readonly Written[]): string[] {
  const names = written.flatMap(({ imports }) =>
    imports.filter((id) => !isBuiltin(id)).map((id) => /^(?:@[^/]+\/)?[^/]+/.exec(id)?.[0] ?? id),
  );
  return [...new Set(names)].filter((name) => !name.startsWith('@pai/'));
}

function layPackage(name: string, from: string, modules: string, laid: Map<string, string>): void {
  const directory = findPackage(name, from);
  const before = laid.get(name);
  if (before === directory) return;
  if (before !== undefined) throw new Error(`two versions of ${name} are needed: ${before}, ${directory}`);
  laid.set(name, directory);
  const target = join(modules, name);
  mkdirSync(dirname(target), { recursive: true });
  cpSync(directory, target, {
    recursive: true,
    dereference: true,
    filter: (path) => basename(path) !== 'node_modules' || path === directory,
  });
  const { dependencies = {} } = manifestOf(directory);
  for (const dependency of Object.keys(dependencies)) layPackage(dependency, directory, modules, laid);
}

/** Where Node would find it. */
function findPackage(name: string, from: string): string {
  for (let place = from; place !== dirname(place); place = dirname(place)) {
    const candidate = join(place, 'node_modules', name);
    if (existsSync(join(candidate, 'package.json'))) return realpathSync(candidate);
  }
  throw new Error(`${name} is not installed where ${from} would find it; run pnpm install`);
}
