import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '../../..');
const { catalogues } = JSON.parse(readFileSync(join(root, 'tools/catalogue/manifest.json'), 'utf8')) as {
  catalogues: {
    file: string;
    sha256: string;
    counts: { templates: number };
    source: { package: string };
    others?: { package: string }[];
  }[];
};

test.each(catalogues)('$file is as the generator wrote it', ({ file, sha256 }) => {
  const content = readFileSync(join(root, file), 'utf8');
  expect(createHash('sha256').update(content).digest('hex')).toBe(sha256);
});

test('the manifest counts the templates of the GitHub table', () => {
  const github = catalogues.find(({ file }) => file.includes('provider-github'));
  const content = readFileSync(join(root, github?.file ?? ''), 'utf8');
  expect(content.match(/^\/[^/\n*]*.* [ADGPU]*:[ADGPU]*$/gm)).toHaveLength(github?.counts.templates ?? -1);
});

test.each(catalogues)('NOTICE names every source of $file', ({ source, others = [] }) => {
  const notice = readFileSync(join(root, 'NOTICE'), 'utf8');
  for (const { package: name } of [source, ...others]) expect(notice).toContain(name);
});
