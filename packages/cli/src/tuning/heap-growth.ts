import type { HeapSpaceInfo } from 'node:v8';
import { growingPercent } from './growing-percent.ts';
import { oldSize, v8, youngSpace } from './heap-sizes.ts';
import { createRecentLeast } from './recent-least.ts';
import { createSetting } from './v8-setting.ts';

/** Bytes that the old generation may grow by between two collections; V8 alone goes to four times what it holds. */
const room = 24 * 2 ** 20;

/** The spaces are a little smaller than the sizes that V8 doubles. */
const nearlyFull = 0.75;

/** Looks at work among which one comes soon enough after a collection. */
const looksBack = 25;

/**
 * Bounds by which the heap grows, to be looked at again and again: the young generation up to `youngGeneration` bytes, or to
 * twice that where a tenth of it and more outlives its collections, and the old one by some more than what it holds.
 */
export function createHeapGrowth(youngGeneration: number): (spaces: readonly HeapSpaceInfo[]) => void {
  // V8 reads these at every step. It also shrinks what rests, and at 1 MiB everything in flight grows old.
  const letYoungGrow = createSetting((is: boolean) => `--semi-space-growth-factor=${is ? 2 : 1}`);
  const letOldGrow = createSetting((percent: number) => `--heap-growing-percent=${percent}`);
  const survivors = createSurvivors();
  const youngSurvivors = createRecentLeast(looksBack);
  // What many connections have in flight outlives a collection: V8 would take it for what lasts, and make it old at once.
  v8().setFlagsFromString('--no-allocation-site-pretenuring');
  return (spaces) => {
    const { space_size: size, space_used_size: used } = youngSpace(spaces);
    const isCrowded = youngSurvivors(used) >= youngGeneration / 10;
    letYoungGrow(size < youngGeneration * (isCrowded ? 2 : 1) * nearlyFull);
    letOldGrow(growingPercent(survivors(oldSize(spaces)), room));
  };
}

/** Bytes of the old generation that the last collection left alive, as far as looks from time to time can tell. */
function createSurvivors(): (used: number) => number {
  let last = 0;
  let survived = Number.POSITIVE_INFINITY;
  return (used) => {
    survived = used < last ? used : Math.min(survived, used);
    last = used;
    return survived;
  };
}
