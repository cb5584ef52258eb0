import { type LaterRules, type RuleSummary, ruleChecker, summarizeRules } from '@pai/policy';
import type { ProviderSpec } from './config.ts';

/** The value of a Provider's document that has an empty list in place of its HTTP rules, which passed their check. */
export interface WithoutRules {
  readonly value: unknown;
  readonly rules: LaterRules;
}

/** What a document's value is stored as: itself, or without the HTTP rules that stand beside it. */
export interface SplitValue {
  readonly value: unknown;
  readonly rules?: unknown;
  readonly summary?: RuleSummary;
}

/** Takes the HTTP rules out of a Provider's document, unless they do not pass their check. */
export function splitRules(value: unknown): SplitValue {
  const { kind, spec } = (value ?? {}) as ProviderValue;
  const rules = spec?.policy?.httpRules;
  const summary = kind === 'Provider' && rules !== undefined ? summarizeRules(rules) : undefined;
  return summary === undefined ? { value } : { value: withRules(value, []), rules, summary };
}

/** The whole value again. */
export function joinRules(value: unknown, rules: unknown): unknown {
  return rules === undefined ? value : withRules(value, rules);
}

/** A value as it was stored, if what checked its rules would say the same now. */
export function withoutRules(
  value: unknown,
  summary: RuleSummary | undefined,
  read: () => unknown,
): WithoutRules | undefined {
  if (summary?.checker !== ruleChecker) return undefined;
  return { value, rules: { hasAllow: summary.hasAllow, read } };
}

/** A spec whose rules are read by whoever looks at them first. */
export function withLaterRules(spec: ProviderSpec, { read }: LaterRules): ProviderSpec {
  const policy = { ...spec.policy };
  const shape = { configurable: true, enumerable: true };
  const get = () => {
    const value = read();
    Object.defineProperty(policy, 'httpRules', { ...shape, value });
    return value;
  };
  return { ...spec, policy: Object.defineProperty(policy, 'httpRules', { ...shape, get }) };
}

interface ProviderValue {
  readonly kind?: unknown;
  readonly spec?: { readonly policy?: { readonly httpRules?: unknown } | null } | null;
}

function withRules(value: unknown, httpRules: unknown): unknown {
  const { spec } = value as ProviderValue;
  return { ...(value as object), spec: { ...spec, policy: { ...spec?.policy, httpRules } } };
}
