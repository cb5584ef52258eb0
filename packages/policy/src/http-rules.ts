import { type AgentRequest, type PaiError, readPath, toPaiError } from '@pai/core';
import { assertRules, everything, type HttpRule, readMethod } from './check-rules.ts';
import {
  allowBeginning,
  allowReading,
  compileAllowPath,
  compileDenyPath,
  denyBeginnings,
  denyReadings,
} from './path-glob.ts';
import { createPathIndex, type Indexed } from './path-index.ts';
import type { RuleSource } from './rule-source.ts';
import type { Matcher } from './wildcard.ts';

/** What the rules say: the index of the rule that decides, `none` when no rule fits, or why the path has no reading. */
export type HttpFinding = number | 'none' | { readonly unreadable: PaiError };

/**
 * Compiles `policy.httpRules`, for the first request: of a thousand policies most are never asked. Throws
 * `config_invalid` at once, naming the place, for an unusable method or path, save in rules that are read later.
 */
export function compileHttpRules({ isLater, read }: RuleSource): (request: AgentRequest) => HttpFinding {
  if (!isLater) assertRules(read());
  let find: ((request: AgentRequest) => HttpFinding) | undefined;
  return (request) => {
    find ??= compileRules(read());
    return find(request);
  };
}

/** Of rules that are usable. */
function compileRules(rules: readonly HttpRule[]): (request: AgentRequest) => HttpFinding {
  const compiled = rules.map(compileRule);
  const named = new Set(compiled.flatMap(({ methods }) => [...(methods ?? [])]));
  const byMethod = new Map([...named].map((method) => [method, findFor(method, compiled)]));
  const forOthers = findFor(undefined, compiled);
  return ({ method, path }) => {
    const text = readText(path);
    if (typeof text !== 'string') return { unreadable: text };
    return (byMethod.get(method.toUpperCase()) ?? forOthers)(text);
  };
}

function findFor(method: string | undefined, rules: readonly CompiledRule[]): (text: string) => HttpFinding {
  const { denying, allowing } = rulesFor(method, rules);
  const findDenying = createPathIndex(denying);
  const findAllowing = createPathIndex(allowing);
  return (text) => {
    let found = Number.POSITIVE_INFINITY;
    if (denying.length > 0) {
      const readings = denyReadings(text);
      const fits = ({ denies }: CompiledPath) => denies(readings);
      for (const reading of readings) found = findDenying(reading, fits, found);
      if (found !== Number.POSITIVE_INFINITY) return found;
    }
    const plain = allowReading(text);
    found = findAllowing(plain, ({ allows }) => allows(plain), found);
    return found === Number.POSITIVE_INFINITY ? 'none' : found;
  };
}

function readText(path: string): string | PaiError {
  try {
    return readPath(path).text;
  } catch (thrown) {
    return toPaiError(thrown, 'the path cannot be read');
  }
}

interface CompiledRule {
  readonly effect: HttpRule['effect'];
  /** Upper case; undefined is every method. */
  readonly methods: ReadonlySet<string> | undefined;
  readonly paths: readonly CompiledPath[];
}

interface CompiledPath extends Indexed {
  readonly allows: Matcher;
  readonly denies: (readings: readonly string[]) => boolean;
}

function rulesFor(method: string | undefined, rules: readonly CompiledRule[]) {
  const fitting = rules.filter(
    ({ methods }) => methods === undefined || (method !== undefined && methods.has(method)),
  );
  return {
    denying: fitting.filter(({ effect }) => effect !== 'allow').flatMap(({ paths }) => paths),
    allowing: fitting.filter(({ effect }) => effect === 'allow').flatMap(({ paths }) => paths),
  };
}

function compileRule(
  { methods = everything, paths = everything, effect }: HttpRule,
  index: number,
): CompiledRule {
  const names = methods.map(readMethod);
  return {
    effect,
    methods: names.includes('*') ? undefined : new Set(names),
    paths: paths.map((path) => compilePath(path, effect, index)),
  };
}

function compilePath(path: string, effect: HttpRule['effect'], index: number): CompiledPath {
  return effect === 'allow'
    ? { index, beginnings: [allowBeginning(path)], allows: compileAllowPath(path), denies: fitsNothing }
    : { index, beginnings: denyBeginnings(path), allows: fitsNothing, denies: compileDenyPath(path) };
}

const fitsNothing = () => false;
