import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { policySchema, ruleChecker } from '../src/index.ts';

const source = join(import.meta.dirname, '../src');
const core = join(import.meta.dirname, '../../core/src');

/** Paths of the modules that run when one does: what it imports, and what that imports. */
function modulesOf(path: string, found: Set<string>): ReadonlySet<string> {
  if (found.has(path) || basename(path) === 'rule-checker.ts') return found;
  found.add(path);
  const imports = readFileSync(path, 'utf8').matchAll(
    /^(?:import|export) (?!type\b)([^;]*?) from '([^']+)'/gm,
  );
  for (const [, names = '', from = ''] of imports) {
    if (from.startsWith('.')) modulesOf(join(dirname(path), from), found);
    if (from === '@pai/core') for (const module of modulesWith(names)) modulesOf(module, found);
  }
  return found;
}

/** The modules of core that have the values among `names`. */
function modulesWith(names: string): readonly string[] {
  const wanted = names.split(/[{},]/).map((name) => name.trim());
  const index = readFileSync(join(core, 'index.ts'), 'utf8');
  return [...index.matchAll(/^export \{([^}]*)\} from '([^']+)'/gm)]
    .filter(([, given = '']) => given.split(',').some((name) => wanted.includes(name.trim() || '-')))
    .map(([, , from = '']) => join(core, from));
}

test('what has passed the check of rules is checked again when anything of that check is changed', () => {
  const modules = [...modulesOf(join(source, 'later-rules.ts'), new Set())].sort();
  const names = modules.map((path) => basename(path));
  expect(names).toEqual(
    expect.arrayContaining(['check-rules.ts', 'path-glob.ts', 'compile-schema.ts', 'path.ts']),
  );
  const digest = createHash('sha256').update(JSON.stringify(policySchema.properties.httpRules));
  for (const path of modules) digest.update(readFileSync(path));
  expect(ruleChecker, 'write this digest into rule-checker.ts').toBe(digest.digest('hex'));
});
