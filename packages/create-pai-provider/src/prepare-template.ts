import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { packedManifest, templateFiles } from './create-provider.ts';

const root = join(import.meta.dirname, '../../..');
const source = join(root, 'examples/custom-provider');
const target = join(import.meta.dirname, '../template');

const { catalog } = parse(readFileSync(join(root, 'pnpm-workspace.yaml'), 'utf8')) as {
  catalog: Record<string, string>;
};
const core = JSON.parse(readFileSync(join(root, 'packages/core/package.json'), 'utf8')) as {
  version: string;
};

rmSync(target, { recursive: true, force: true });
for (const file of templateFiles(source)) cpSync(join(source, file), join(target, file));
const text = readFileSync(join(source, 'package.json'), 'utf8')
  .replaceAll('"workspace:^"', `"^${core.version}"`)
  .replace(/"([^"]+)": "catalog:"/g, (_, name: string) => `"${name}": "${catalog[name]}"`);
// What pnpm does when it publishes, for those who publish with npm.
const { publishConfig, ...manifest } = JSON.parse(text) as { publishConfig: object };
rmSync(join(target, 'package.json'));
writeFileSync(
  join(target, packedManifest),
  `${JSON.stringify({ ...manifest, ...publishConfig }, null, 2)}\n`,
);
