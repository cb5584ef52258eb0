import { expect, test } from 'vitest';
import { nodeObstacle } from '../src/node-version.ts';

test.each(['22.18.0', '22.20.1', '23.0.0', '24.21.0', '100.0.0', '25.0.0-nightly'])(
  'Node %s runs pai',
  (version) => {
    expect(nodeObstacle(version)).toBeUndefined();
  },
);

test.each(['18.20.8', '20.20.2', '22.0.0', '22.17.9'])('Node %s is told to be too old', (version) => {
  expect(nodeObstacle(version)).toBe(
    `Node 22.18 or newer is needed, and this is ${version}; install a newer one`,
  );
});
