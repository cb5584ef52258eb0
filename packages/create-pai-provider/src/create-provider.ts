import { existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** What a new provider is made of. */
export interface NewProvider {
  /** Of the service, and the value of `spec.type`: lower-case letters, digits and dashes. */
  readonly name: string;
  /** Directory of the template. */
  readonly template: string;
  /** Directory that is made. */
  readonly target: string;
}

/**
 * Copies the template with the name of the service in place of the template's own. Gives the files, relative to `target`.
 * Throws for a name that is no provider type, and where there is something already.
 */
export function createProvider({ name, template, target }: NewProvider): readonly string[] {
  if (!/^[a-z][a-z0-9-]{0,40}[a-z0-9]$/.test(name)) {
    throw new Error(
      `${JSON.stringify(name)} is not a provider type; use lower-case letters, digits and dashes, two of them at least, such as acme`,
    );
  }
  if (existsSync(target)) throw new Error(`${target} is there already; choose another name or directory`);
  const sources = templateFiles(template);
  const files = sources.map((file) => (file === packedManifest ? 'package.json' : file));
  for (const [i, file] of files.entries()) {
    const path = join(target, file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, rename(file, readFileSync(join(template, sources[i] ?? file), 'utf8'), name));
  }
  writeFileSync(join(target, '.gitignore'), 'node_modules/\ndist/\n');
  return [...files, '.gitignore'];
}

/** The manifest of the template inside of another package, where tools take a second `package.json` for a mistake. */
export const packedManifest = '_package.json';

/** What of the template goes into a new provider, relative to it: all but the tests of the service's own SDK. */
export function templateFiles(template: string): readonly string[] {
  const named = [
    'package.json',
    packedManifest,
    'tsconfig.json',
    'README.md',
    'src/**/*.ts',
    'test/plugin.test.ts',
  ];
  return globSync(named, { cwd: template })
    .map((file) => file.replaceAll('\\', '/'))
    .sort();
}

function rename(file: string, text: string, name: string): string {
  const words = name.split('-').filter((word) => word !== '');
  const title = words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
  const identifier = `${title.charAt(0).toLowerCase()}${title.slice(1)}Provider`;
  const own = file === 'package.json' ? withoutSdk(text) : text;
  return own
    .replace(/\{ stripe \}|\bstripe(?=\.create|\.spec)|\bplugin: stripe\b|\bconst stripe\b/g, (found) =>
      found.replace('stripe', identifier),
    )
    .replaceAll('STRIPE_', `${words.join('_').toUpperCase()}_`)
    .replaceAll('Stripe', title)
    .replaceAll('stripe', name);
}

function withoutSdk(text: string): string {
  const {
    private: _,
    devDependencies,
    ...rest
  } = JSON.parse(text) as {
    private?: boolean;
    devDependencies: Record<string, string>;
  };
  // Only the tests that stay behind need them.
  const { stripe: _sdk, emulate: _server, ...kept } = devDependencies;
  return `${JSON.stringify({ ...rest, devDependencies: kept }, null, 2)}\n`;
}
