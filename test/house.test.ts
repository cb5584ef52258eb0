import { basename } from 'node:path';
import { expect, test } from 'vitest';
import { sources } from './sources.ts';

/** Lines where something begins at the left margin and ends with a brace there. */
function functionsOf(text: string): { name: string; lines: number }[] {
  const found: { name: string; lines: number }[] = [];
  let open: { name: string; at: number } | undefined;
  text.split('\n').forEach((line, i) => {
    const [, name] = /^(?:export )?(?:async )?(?:function|const) (\w+).*(?:\{|=> \(|\()$/.exec(line) ?? [];
    if (name !== undefined) open = { name, at: i };
    if (open === undefined || !/^[})\]]/.test(line) || line.endsWith('{')) return;
    found.push({ name: open.name, lines: i - open.at + 1 });
    open = undefined;
  });
  return found;
}

test('a file has at most 300 lines', () => {
  const long = sources.filter(({ text }) => text.split('\n').length > 301);
  expect(long.map(({ path }) => path)).toEqual([]);
});

/** A list, a map, or a text that one is read from; also as all that a function gives. */
function isTable(text: string, name: string): boolean {
  const table = new RegExp(
    `const ${name}\\b[^=]*= (?:\\[|\\{|new |\\w+\\(\\s*(?:(?:\\w+|'[^']*'),\\s*)?\`)|function ${name}\\([^)]*\\)[^{]*\\{\\n.*\\n  return \\[`,
  );
  return table.test(text);
}

/** A factory is the sum of the small functions it gives, and a call's life is one closure. */
const fence = (name: string) => (/^(?:create|start)/.test(name) ? 100 : 60);

test('a function has at most 60 lines, a factory 100', () => {
  const long = sources.flatMap(({ path, text }) =>
    functionsOf(text)
      .filter(({ name, lines }) => lines > fence(name) && !isTable(text, name))
      .map(({ name, lines }) => `${path}: ${name} has ${lines} lines`),
  );
  expect(long).toEqual([]);
});

test('every export that is declared has a doc comment above it', () => {
  const bare = sources.flatMap(({ path, text }) => {
    const lines = text.split('\n');
    return lines.flatMap((line, i) => {
      const isDeclared = /^export (?!\{|type \{)/.test(line);
      const isOverload = /^export (?:async )?function/.test(lines[i - 1] ?? '');
      return isDeclared && !isOverload && !(lines[i - 1] ?? '').endsWith('*/')
        ? [`${path}:${i + 1}: ${line}`]
        : [];
    });
  });
  expect(bare).toEqual([]);
});

test.each([
  ['a default export', /^export default /m],
  ['export *', /^export \* /m],
  ['a class that is no error and not Secret', /^(?:export )?class (?!Secret\b|\w+Error\b)/m],
  ['a non-null assertion', /[\w)\]]!(?:\.|\[|;|\)|,)/],
  ['an unfinished piece', new RegExp(['TO', 'DO|FIX', 'ME'].join(''))],
])('no file has %s', (_what, pattern) => {
  const found = sources.filter(({ text }) => pattern.test(text));
  expect(found.map(({ path }) => path)).toEqual([]);
});

test('no file is named for what does not fit elsewhere', () => {
  const vague = /^(?:utils?|types?|helpers?|constants?|common|misc)\.ts$/;
  expect(sources.filter(({ path }) => vague.test(basename(path))).map(({ path }) => path)).toEqual([]);
});
