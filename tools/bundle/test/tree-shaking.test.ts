import { join } from 'node:path';
import { rolldown } from 'rolldown';
import { expect, test } from 'vitest';

const packages = join(import.meta.dirname, '../../../packages');

/** What a program of one line brings with it: its size, and the packages and files it is made of. */
async function bundle(
  program: string,
): Promise<{ readonly kib: number; readonly modules: readonly string[] }> {
  // No file of this name is there: from its place every package is found.
  const entry = join(packages, 'sidecar/src/tree-shaken.ts');
  const build = await rolldown({
    input: entry,
    platform: 'node',
    plugins: [
      {
        name: 'program',
        resolveId: (id) => (id === entry ? id : null),
        load: (id) => (id === entry ? program : null),
      },
    ],
    resolve: { extensions: ['.ts', '.js'] },
  });
  const { output } = await build.generate({ format: 'esm', minify: true });
  await build.close();
  const [first] = output;
  const modules = Object.entries(first.modules).filter(([, { renderedLength }]) => renderedLength > 0);
  return {
    kib: Buffer.byteLength(first.code) / 1024,
    modules: modules.map(([id]) => id.replace(packages, '')),
  };
}

/** A program, most KiB of it minified, and what must not be in it. */
test.each([
  [
    "import { parseHostPattern } from '@pai/core'; console.log(parseHostPattern('a.example'))",
    3,
    /typebox|pipeline/,
  ],
  ["import { Secret } from '@pai/core'; console.log(new Secret('a', 'b'))", 2, /typebox|pipeline|xml/],
  [
    "import { createRedactor } from '@pai/core'; console.log(createRedactor)",
    12,
    /typebox|pipeline|xml|multipart/,
  ],
  [
    "import { createPipeline } from '@pai/core'; console.log(createPipeline([]))",
    30,
    /typebox|redact|xml|multipart/,
  ],
  [
    "import { httpToken } from '@pai/provider-http-token'; console.log(httpToken)",
    120,
    /graphql|provider-(?!http)/,
  ],
  [
    "import { telegram } from '@pai/provider-telegram'; console.log(telegram)",
    160,
    /graphql|provider-(?!telegram)/,
  ],
  [
    "import { parseListen } from '@pai/sidecar'; console.log(parseListen('1'))",
    4,
    /typebox|yaml|provider-|\/engine|dns/,
  ],
])('%s takes at most %d KiB', async (program, most, unwanted) => {
  const { kib, modules } = await bundle(program);
  expect(modules.filter((id) => unwanted.test(id))).toEqual([]);
  expect(kib).toBeLessThan(most);
});

test.each([
  [
    "import { pai } from '@pai/sidecar/fastify'; console.log(pai)",
    /\/(?:doors\/(?:open|dns|proxy|tls)|provider-\w+\/src\/plugin)\b|node_modules\/fastify/,
  ],
  [
    "import { createPolicyInterceptor } from '@pai/sidecar/undici'; console.log(createPolicyInterceptor)",
    /node_modules\/undici|\/doors\/(?:open|dns|proxy|tls|base-url)/,
  ],
])('%s has no door and no framework in it', async (program, unwanted) => {
  expect((await bundle(program)).modules.filter((id) => unwanted.test(id))).toEqual([]);
});
