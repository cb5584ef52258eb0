import type { TSchema } from 'typebox';
import { assertRules, type HttpRule } from './check-rules.ts';
import { configInvalid } from './invalid.ts';
import { isPlain, type PlainSchema } from './plain-schema.ts';
import { ruleChecker } from './rule-checker.ts';
import { policySchema } from './schema.ts';
import { plainCheck } from './schema-check.ts';

/**
 * `policy.httpRules` that passed their check when they were stored. The first request has them read, checked once more
 * and compiled: of a thousand policies most are never asked.
 */
export interface LaterRules {
  /** Whether one of them allows. */
  readonly hasAllow: boolean;
  readonly read: () => unknown;
}

/** What is remembered of rules that passed their check. */
export interface RuleSummary extends Pick<LaterRules, 'hasAllow'> {
  /** What checked them: another one checks them again, at once. */
  readonly checker: string;
}

const rulesSchema = policySchema.properties.httpRules;

/** Checks the value of `policy.httpRules`, and says what is to be remembered of it; nothing of what does not pass, or is empty. */
export function summarizeRules(value: unknown): RuleSummary | undefined {
  try {
    const rules = checkRules(value);
    const hasAllow = rules.some(({ effect }) => effect === 'allow');
    return rules.length === 0 ? undefined : { checker: ruleChecker, hasAllow };
  } catch {
    return undefined;
  }
}

/** Rules that are wanted now. Throws `config_invalid` for any that should not have passed their check. */
export function readLaterRules({ read }: LaterRules): readonly HttpRule[] {
  return checkRules(read());
}

/** Whether a spec that fits this schema has in its `policy.httpRules` what `summarizeRules` checks, and nothing else. */
export function hasPlainRules(schema: TSchema): boolean {
  return partOf(partOf(schema, 'policy'), 'httpRules') === rulesSchema;
}

/** The schema of a part that is judged by itself. */
function partOf(schema: TSchema | undefined, key: string): TSchema | undefined {
  if (!isPlain(schema)) return undefined;
  const { anyOf, properties } = schema as PlainSchema;
  return anyOf === undefined ? (properties?.[key] as TSchema | undefined) : undefined;
}

function checkRules(value: unknown): readonly HttpRule[] {
  if (!plainCheck.fits(rulesSchema, value)) throw configInvalid('policy.httpRules does not fit its schema');
  const rules = value as readonly HttpRule[];
  assertRules(rules);
  return rules;
}
