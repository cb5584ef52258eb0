import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { expect, test } from 'vitest';
import { compiledPath } from '../src/compiled-file.ts';
import { factsNow, factsOfAll } from '../src/file-facts.ts';
import { temporaryHome } from './temporary-home.ts';

test('files are what they are, whether they are looked at together or at once', async () => {
  const home = await temporaryHome();
  await mkdir(home);
  const [file, link, loop, below] = ['file', 'link', 'loop', 'file/below'].map((name) =>
    join(home, name),
  ) as [string, string, string, string];
  await writeFile(file, 'text');
  await symlink(file, link);
  await symlink(loop, loop);
  const paths = [home, file, link, loop, below, join(home, 'nothing')];
  const facts = factsNow(paths);
  expect(facts.map(({ state }) => state)).toEqual((await factsOfAll(paths)).map(({ state }) => state));
  expect(facts.map(({ state }) => state.endsWith(' -'))).toEqual([false, false, false, true, true, true]);
  expect(facts.every(({ isSettled }) => !isSettled)).toBe(true);
});

test.each([
  ['/home', '/home/providers/default/a.yaml'],
  ['/home/', '/home/providers/default/a.yaml'],
  ['/', '/providers/default/a.yaml'],
  ['home', 'home/providers/default/a.yaml'],
  ['/home', '/homes/providers/a.yaml'],
  ['/home/../other', '/other/providers/a.yaml'],
])('of the home %s, what becomes of %s has one place', (home, path) => {
  expect(compiledPath(home, path)).toBe(join(home, 'compiled', `${relative(home, path)}.json`));
});
