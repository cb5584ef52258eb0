/** A slow and obvious second reading of the rules in docs/policy.md, sharing no code with the package. */
import type { Action } from '@pai/core';

/** Whether `units` fit the `pattern`, in which `fits` says what each wildcard may take. */
function fits(
  pattern: readonly string[],
  units: readonly string[],
  may: (wildcard: string, unit: string) => boolean,
): boolean {
  const memo = new Map<string, boolean>();
  const from = (p: number, u: number): boolean => {
    const key = `${p} ${u}`;
    const known = memo.get(key);
    if (known !== undefined) return known;
    const result = step(p, u);
    memo.set(key, result);
    return result;
  };
  const step = (p: number, u: number): boolean => {
    const head = pattern[p];
    const unit = units[u];
    if (head === undefined) return unit === undefined;
    if (head === '?*') return unit !== undefined && from(p + 1, u + 1);
    if (head === '*' || head === '**') {
      return from(p + 1, u) || (unit !== undefined && may(head, unit) && from(p, u + 1));
    }
    return head === unit && from(p + 1, u + 1);
  };
  return from(0, 0);
}

export function actionFits(pattern: string, name: string): boolean {
  return fits([...pattern.toLowerCase()], [...name.toLowerCase()], () => true);
}

export function resourceFits(pattern: string, name: string): boolean {
  return fits(
    [...pattern].map((c) => (c === '?' ? '?*' : c)),
    [...name],
    () => true,
  );
}

export function repositoryFits(pattern: string, name: string): boolean {
  const parts = name.split('/');
  const patterns = pattern.split('/');
  return (
    parts.length === 2 &&
    patterns.every((part, i) =>
      fits([...part.toLowerCase()], [...(parts[i] ?? '').toLowerCase()], () => true),
    )
  );
}

const unitsOf = (text: string) => text.match(/%2F|\*\*|./gsu) ?? [];
const mayCross = (isBarrier: (unit: string) => boolean) => (wildcard: string, unit: string) =>
  wildcard === '**' || !isBarrier(unit);

/** `pattern` has no escape but `%2F`; `text` is a path as core reads it. */
export function allowPathFits(pattern: string, text: string): boolean {
  if (pattern === '*' || pattern === '**') return true;
  return fits(
    unitsOf(pattern),
    [...text.matchAll(/%2F|./gsu)].map(([unit]) => unit),
    mayCross((unit) => unit === '/' || unit === '%2F'),
  );
}

export function denyPathFits(pattern: string, text: string): boolean {
  if (pattern === '*' || pattern === '**') return true;
  const split = (path: string) =>
    path
      .replaceAll('%2F', '/')
      .replace(/\/+/g, '/')
      .replace(/(.)\/$/, '$1');
  const trim = (path: string) =>
    path
      .split('/')
      .map((segment) => segment.replace(/;.*/, '').replace(/[. ]*$/, ''))
      .join('/')
      .replace(/\/+/g, '/')
      .replace(/(.)\/$/, '$1');
  const texts = [text, split(text), trim(text), trim(split(text))];
  const patterns = [pattern, split(pattern)].flatMap(withoutRuns);
  return patterns.some((one) =>
    texts.some((reading) =>
      fits(
        unitsOf(one).map((unit) => unit.toLowerCase()),
        [...reading.matchAll(/%2F|./gsu)].map(([unit]) => unit.toLowerCase()),
        mayCross((unit) => unit === '/'),
      ),
    ),
  );
}

/** Every way of leaving out segments that are `**`, which for a deny rule may stand for nothing. */
function withoutRuns(pattern: string): string[] {
  let variants: string[][] = [[]];
  for (const segment of pattern.slice(1).split('/')) {
    const longer = variants.map((variant) => [...variant, segment]);
    variants = segment === '**' ? [...variants, ...longer] : longer;
  }
  return variants.map((segments) => `/${segments.join('/')}`);
}

export interface OraclePolicy {
  readonly allow?: string[];
  readonly deny?: string[];
  readonly httpRules?: { methods?: string[]; paths?: string[]; effect: 'allow' | 'deny' }[];
  readonly services?: string[];
  readonly repositories?: string[];
}

/** The rule that decides, with `+` in front when it allows. `path` is a path as core reads it. */
export function judge(policy: OraclePolicy, method: string, path: string, actions: Action[]): string {
  const rules = policy.httpRules ?? [];
  let by = '';
  if (rules.length > 0) {
    const of = (effect: string, pathFits: (pattern: string, text: string) => boolean) =>
      rules.findIndex(
        (rule) =>
          rule.effect === effect &&
          (rule.methods ?? ['*']).some((m) => m === '*' || m.toLowerCase() === method.toLowerCase()) &&
          (rule.paths ?? ['*']).some((pattern) => pathFits(pattern, path)),
      );
    const denying = of('deny', denyPathFits);
    if (denying !== -1) return `policy.httpRules[${denying}]`;
    const allowing = of('allow', allowPathFits);
    if (allowing === -1) return 'policy.httpRules';
    by = `policy.httpRules[${allowing}]`;
  }
  for (const { name } of actions) {
    const index = (policy.deny ?? []).findIndex((pattern) => actionFits(pattern, name));
    if (index !== -1) return `policy.deny[${index}]`;
  }
  if (policy.allow !== undefined || rules.length === 0) {
    for (const { name } of actions) {
      const index = (policy.allow ?? []).findIndex((pattern) => actionFits(pattern, name));
      if (index === -1) return 'policy.allow';
      by = `policy.allow[${index}]`;
    }
  }
  for (const { name } of actions) {
    if (policy.services !== undefined && !policy.services.includes(name.split(':')[0] ?? '')) {
      return 'config.services';
    }
  }
  for (const { resource, reach } of actions) {
    if (policy.repositories === undefined || (resource === undefined && reach === undefined)) continue;
    const isInside = policy.repositories.some((pattern) => repositoryFits(pattern, resource ?? ''));
    if (reach === 'any' || !isInside) return 'scope.repositories';
  }
  return `+${by}`;
}
