import { expect, test } from 'vitest';
import { keepCompiled } from '../src/compile-cache.ts';

test.each(['', 'relative'])('keeps nothing below the current directory when HOME is %j', (home) => {
  expect(keepCompiled({ HOME: home }, 'linux')).toBeUndefined();
  expect(keepCompiled({ HOME: home }, 'darwin')).toBeUndefined();
});
