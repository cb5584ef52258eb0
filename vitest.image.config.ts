import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/e2e/image/*.test.ts'],
    expect: { poll: { timeout: 10_000 } },
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
