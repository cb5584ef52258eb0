import { configDefaults, defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/e2e/**/*.test.ts'],
    // It makes containers, as the real root: vitest.image.config.ts.
    exclude: [...configDefaults.exclude, 'test/e2e/image/**'],
    globalSetup: 'test/e2e/setup.ts',
    setupFiles: 'test/patience.ts',
    expect: { poll: { timeout: 10_000 } },
    testTimeout: 120_000,
    hookTimeout: 60_000,
  },
});
