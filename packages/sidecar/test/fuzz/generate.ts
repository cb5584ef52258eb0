import { makeRequest } from './make-request.ts';
import { makeResponse } from './make-response.ts';
import { mutations } from './mutate.ts';
import { createRandom, type Random } from './random.ts';
import type { Input } from './reading.ts';

/** An input, and the names of what was done to it. */
export interface Generated extends Input {
  readonly mutations: readonly string[];
}

/** Input number `index` of `seed`; the same for the same two numbers. Seven in ten are requests. */
export function generate(seed: number, index: number): Generated {
  const random = createRandom(seed, index);
  const kind = random.chance(70) ? 'request' : 'response';
  const method = kind === 'response' ? random.pick(['GET', 'GET', 'GET', 'HEAD', 'POST'] as const) : '';
  const make = kind === 'request' ? makeRequest : (chance: Random) => makeResponse(method, chance);
  const applied: string[] = [];
  const parts: string[] = [];
  let made: string | undefined;
  for (let count = kind === 'request' ? countOf(random) : 1; count > 0; count -= 1) {
    // Agents send the same fields again and again, which are then read once.
    made = made !== undefined && random.chance(60) ? made : make(random);
    parts.push(random.chance(45) ? made : mutate(made, random, applied));
  }
  const text = parts.join('');
  return { kind, method, text, cuts: cutsOf(text.length, random), mutations: applied };
}

function countOf(random: Random): number {
  const dice = random.below(100);
  if (dice < 60) return 1;
  if (dice < 80) return 2;
  return dice < 92 ? 3 : 5;
}

function mutate(text: string, random: Random, applied: string[]): string {
  let result = text;
  for (let count = random.chance(70) ? 1 : 1 + random.below(3); count > 0; count -= 1) {
    const mutation = random.pick(mutations);
    result = mutation.apply(result, random);
    applied.push(mutation.name);
  }
  return result;
}

/** Usually a few cuts, sometimes one after every byte. */
function cutsOf(length: number, random: Random): number[] {
  if (length < 2) return [];
  if (random.chance(1)) return Array.from({ length: Math.min(length, 400) - 1 }, (_, i) => i + 1);
  const cuts = new Set<number>();
  for (let count = 1 + random.below(4); count > 0; count -= 1) cuts.add(1 + random.below(length - 1));
  return [...cuts].sort((a, b) => a - b);
}
