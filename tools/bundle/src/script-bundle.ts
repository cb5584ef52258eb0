import { createHash } from 'node:crypto';
import { basename, join } from 'node:path';
import type { OutputChunk, Plugin } from 'rolldown';
import { parseAst } from 'rolldown/parseAst';

const entry = '\0script-bundle';

/** A chunk in CommonJS as `runScript` takes it: one function. Keeps to one line what it puts before the first. */
export function scriptOf({ code }: Pick<OutputChunk, 'code'>): string {
  return `(function (exports, require, __import, __filename, __dirname) { 'use strict'; ${withImporter(code)}\n})\n`;
}

/** Scripts have no `import()` of their own that Node does not warn of: the module's takes its place. */
function withImporter(code: string): string {
  let made = '';
  let done = 0;
  for (const start of importsIn(parseAst(code)).sort((a, b) => a - b)) {
    made += `${code.slice(done, start)}__`;
    done = start;
  }
  return made + code.slice(done);
}

/** Where each `import()` of a syntax tree begins. */
function importsIn(tree: unknown): number[] {
  if (typeof tree !== 'object' || tree === null) return [];
  const inner = Object.values(tree).flatMap(importsIn);
  const { type, start } = tree as { readonly type?: unknown; readonly start?: unknown };
  return type === 'ImportExpression' && typeof start === 'number' ? [start, ...inner] : inner;
}

/**
 * A module that imports at its top and exports at its end, as rolldown writes them, in CommonJS: as `scriptOf` takes it.
 * What it exports is what that is when it has run.
 */
export function commonJsOf(code: string): { readonly code: string; readonly names: readonly string[] } {
  const names: string[] = [];
  let made = '';
  let done = 0;
  for (const statement of (parseAst(code) as unknown as { readonly body: readonly Statement[] }).body) {
    const { type, start, end, source, specifiers = [] } = statement;
    if (!/^(?:Im|Ex)port/.test(type)) continue;
    if (type === 'ImportDeclaration') {
      const members = specifiers.map(({ imported, local }) => `${nameOf(imported)}: ${nameOf(local)}`);
      made += `${code.slice(done, start)}const { ${members.join(', ')} } = require(${source?.raw});`;
    } else {
      if (type !== 'ExportNamedDeclaration' || statement.declaration || source) {
        throw new Error('a script exports a list of names');
      }
      names.push(...specifiers.map(({ exported }) => nameOf(exported)));
      const lines = specifiers.map(
        ({ exported, local }) => `exports.${nameOf(exported)} = ${nameOf(local)};`,
      );
      made += code.slice(done, start) + lines.join(' ');
    }
    done = end;
  }
  const whole = made + code.slice(done);
  return { code: whole.replaceAll('import.meta.dirname', '__dirname'), names };
}

interface Statement {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly source?: { readonly raw: string } | null;
  readonly declaration?: object | null;
  readonly specifiers?: readonly Partial<
    Record<'imported' | 'exported' | 'local', { readonly name?: string }>
  >[];
}

function nameOf(identifier: { readonly name?: string } | undefined): string {
  if (identifier?.name === undefined) throw new Error('a script imports and exports by name');
  return identifier.name;
}

/** Where the script of a module lies: beside it. */
export function scriptFile(module: string): string {
  return module.replace(/\.js$/, '.script.cjs');
}

/**
 * The module in place of one: it runs `script`, which lies beside it, has the `names` that it exports, and imports what
 * the script asks for beside Node's own modules.
 */
export function moduleFor(
  file: string,
  script: string,
  names: readonly string[],
  imports: readonly string[] = [],
): Plugin {
  const digest = createHash('sha256').update(script).digest('hex').slice(0, 32);
  return {
    name: 'module-for-script',
    resolveId: (id) => (id === scriptModule ? entry : null),
    load(id) {
      if (id !== entry) return null;
      return [
        `import { runScript } from ${JSON.stringify(join(import.meta.dirname, 'run-script.ts'))};`,
        "import { join } from 'node:path';",
        'const module = import.meta.filename;',
        `const file = join(import.meta.dirname, ${JSON.stringify(basename(scriptFile(file)))});`,
        ...imports.map((name, i) => `import * as import${i} from ${JSON.stringify(name)};`),
        'const load = (name) => import(name);',
        `const imports = { ${imports.map((name, i) => `${JSON.stringify(name)}: import${i}`).join(', ')} };`,
        `const made = runScript({ module, file, digest: ${JSON.stringify(digest)}, load, imports });`,
        ...names.map((name) => `export const ${name} = made.${name};`),
      ].join('\n');
    },
  };
}

/** Stands for the module that `moduleFor` makes, as an input. */
export const scriptModule = 'module-for-script';
