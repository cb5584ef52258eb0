import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createReadNow } from '../src/read-now.ts';
import { temporaryHome } from './temporary-home.ts';

test('files are read whole, whatever their size, and stay as they were read', async () => {
  const home = await temporaryHome();
  await mkdir(home);
  const sizes = [0, 10, 200_000, 256 * 1024, 1_000_000, 3, 262_144 - 3, 600_000, 1];
  const paths = sizes.map((_, i) => join(home, String(i)));
  for (const [i, size] of sizes.entries()) await writeFile(join(home, String(i)), Buffer.alloc(size, i + 1));
  const read = createReadNow();
  const contents = paths.map(read);
  for (const [i, path] of paths.entries()) expect(contents[i]?.equals(await readFile(path))).toBe(true);
});

test('what cannot be read is told as the system tells it', async () => {
  const home = await temporaryHome();
  await mkdir(home);
  const read = createReadNow();
  expect(() => read(join(home, 'nothing'))).toThrow('ENOENT');
  expect(() => read(home)).toThrow('EISDIR');
});
