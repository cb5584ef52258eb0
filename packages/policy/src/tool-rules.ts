import type { Action, Verdict } from '@pai/core';
import { denial } from './checks.ts';
import { foldCase } from './fold-case.ts';
import { compileResourcePattern } from './glob.ts';
import { compileAt, refuseUnreadable, unusable } from './invalid.ts';
import type { ToolRuleSpec } from './schema.ts';
import { shown } from './sentence.ts';
import type { Matcher } from './wildcard.ts';

/** Why a call of a tool is denied for its arguments, or undefined. */
export type JudgeArguments = (action: Action) => Verdict | undefined;

interface ToolRule {
  readonly index: number;
  readonly effect: 'allow' | 'deny';
  readonly fits: (given: object, isDeny: boolean) => boolean;
}

/**
 * Compiles `policy.mcp.rules`. A `deny` rule denies a call whose arguments fit all of its patterns, or could to some
 * server; a tool that has `allow` rules is called only as one of them says. `provider` is the Provider's name. Throws
 * `config_invalid`.
 */
export function compileToolRules(provider: string, rules: readonly ToolRuleSpec[]): JudgeArguments {
  const byTool = Map.groupBy(
    rules.map((rule, index) => ({ tool: rule.tool, rule: compileRule(rule, index) })),
    ({ tool }) => tool,
  );
  return ({ name: tool, arguments: given = {} }) => {
    const own = byTool.get(tool)?.map(({ rule }) => rule);
    if (own === undefined) return undefined;
    const denied = own.find(({ effect, fits }) => effect === 'deny' && fits(given, true));
    if (denied !== undefined) {
      const place = `policy.mcp.rules[${denied.index}]`;
      const why = `the arguments of ${shown(tool)} are denied by ${place}`;
      return denial(provider, place, `${why}; send others, or narrow that rule if the agent needs them`);
    }
    const allowing = own.filter(({ effect }) => effect === 'allow');
    if (allowing.length === 0 || allowing.some(({ fits }) => fits(given, false))) return undefined;
    const why = `the arguments of ${shown(tool)} fit no allow rule of policy.mcp.rules`;
    return denial(provider, 'policy.mcp.rules', `${why}; send others, or add a rule if the agent needs them`);
  };
}

function compileRule({ tool, arguments: patterns, effect }: ToolRuleSpec, index: number): ToolRule {
  const place = `policy.mcp.rules[${index}]`;
  compileAt(`${place}.tool`, () => {
    refuseUnreadable(tool);
    if (tool.includes('*')) throw unusable(tool, 'has *', 'write a rule for each tool');
  });
  const tests = Object.entries(patterns).map(([path, pattern]) => {
    const matches = compileAt(`${place}.arguments.${path}`, () => compileResourcePattern(pattern));
    return { steps: path.split('.'), matches };
  });
  const fits = (given: object, isDeny: boolean) =>
    tests.every(({ steps, matches }) => {
      const values = valuesAt(given, steps);
      return isDeny ? values.some((value) => couldFit(value, matches)) : fitsAll(values, matches);
    });
  return { index, effect, fits };
}

/** Stands for what a server might read in another way. */
const unclear = Symbol('unclear');

/** Every value at a path; the items of a list are each at the path of the list. A key may hold dots of its own. */
function valuesAt(value: unknown, steps: readonly string[]): unknown[] {
  if (Array.isArray(value)) return value.flatMap((item) => valuesAt(item, steps));
  if (steps.length === 0) return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    const length = key.split('.').length;
    const step = steps.slice(0, length).join('.');
    if (key === step) return valuesAt(inner, steps.slice(length));
    return foldCase(key) === foldCase(step) ? [unclear] : [];
  });
}

function fitsAll(values: readonly unknown[], matches: Matcher): boolean {
  return values.length > 0 && values.every((value) => isScalar(value) && matches(String(value)));
}

/** An object where a rule speaks of text is nobody's guess. */
function couldFit(value: unknown, matches: Matcher): boolean {
  return !isScalar(value) || matches(String(value));
}

/** A text with a NUL ends there for some servers. */
function isScalar(value: unknown): boolean {
  if (typeof value === 'string') return !value.includes('\0');
  return value === null || ['number', 'bigint', 'boolean'].includes(typeof value);
}
