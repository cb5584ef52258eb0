import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { expect, test } from 'vitest';
import { compiledPath } from '../src/compiled-file.ts';
import { createFirstLook, factsNow, factsOfAll } from '../src/file-facts.ts';
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

test('a first look that is taken twice says what each file was the first time', async () => {
  const home = await temporaryHome();
  await mkdir(home);
  const [early, late] = [join(home, 'early'), join(home, 'late')];
  await writeFile(early, 'text');
  const look = createFirstLook();
  const [before] = look([early]);
  await writeFile(early, 'another text');
  await writeFile(late, 'text');
  expect(look([late, early])).toEqual([...factsNow([late]), before]);
  expect(factsNow([early])).not.toEqual([before]);
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
