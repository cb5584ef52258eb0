import { globSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { ProviderPlugin } from '@pai/core';
import { providerSpec } from '@pai/policy';
import { byRule } from './by-rule.ts';
import { catalogued } from './catalogued.ts';
import { specTable } from './spec-table.ts';

/** A README as it should be. */
export interface Page {
  /** From the root. */
  readonly path: string;
  readonly text: string;
}

/** Every README of a package, with its tables made anew. Throws for a provider whose README has no place for one. */
export async function makePages(root: string): Promise<readonly Page[]> {
  const paths = globSync('packages/*/README.md', { cwd: root }).sort();
  return Promise.all(paths.map((path) => makePage(root, path)));
}

async function makePage(root: string, path: string): Promise<Page> {
  const text = readFileSync(join(root, path), 'utf8');
  const name = basename(dirname(path));
  if (name === 'policy')
    return { path, text: replace(path, text, 'spec', specTable(providerSpec({ type: 'any' }))) };
  const plugin = name.startsWith('provider-') ? await pluginOf(join(root, dirname(path))) : undefined;
  if (plugin === undefined) return { path, text };
  const actions = catalogued[plugin.type] ?? byRule[plugin.type];
  const withSpec = replace(path, text, 'spec', specTable(plugin.spec));
  return {
    path,
    text: actions === undefined ? withSpec : replace(path, withSpec, 'actions', await actions()),
  };
}

/** The one plugin that a provider's package exports. */
async function pluginOf(directory: string): Promise<ProviderPlugin | undefined> {
  const exported: Record<string, unknown> = await import(join(directory, 'src/index.ts'));
  return Object.values(exported).find(
    (value): value is ProviderPlugin => (value as ProviderPlugin | undefined)?.apiVersion === 'v1',
  );
}

function replace(path: string, text: string, mark: string, table: string): string {
  const place = new RegExp(`<!-- ${mark}: generated -->\\n.*?<!-- /${mark} -->`, 's');
  if (!place.test(text)) throw new Error(`${path} has no <!-- ${mark}: generated --> … <!-- /${mark} -->`);
  return text.replace(place, () => `<!-- ${mark}: generated -->\n${table}\n<!-- /${mark} -->`);
}
