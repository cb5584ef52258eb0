import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: [
      'packages/*/test/**/*.test.ts',
      'examples/*/test/**/*.test.ts',
      'tools/*/test/**/*.test.ts',
      'bench/test/**/*.test.ts',
      'test/*.test.ts',
    ],
    setupFiles: 'test/patience.ts',
    expect: { poll: { timeout: 10_000 } },
    // Most of the time is waiting, and on two cores there would be one worker.
    maxWorkers: '100%',
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
});
