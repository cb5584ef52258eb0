import type { HttpRule } from './check-rules.ts';
import { type LaterRules, readLaterRules } from './later-rules.ts';
import type { PolicySpec } from './schema.ts';

/** Where the rules of a policy come from; there is at least one. */
export interface RuleSource {
  /** Whether one of them allows. */
  readonly hasAllow: boolean;
  /** Whether they are still to be read, and were checked before. */
  readonly isLater: boolean;
  /** Throws `config_invalid` where rules that are read later prove to be wrong. */
  readonly read: () => readonly HttpRule[];
}

/** The rules of a policy, if it has any. `later` take the place of its `httpRules`, which are not looked at then. */
export function ruleSourceOf(
  policy: PolicySpec | undefined,
  later: LaterRules | undefined,
): RuleSource | undefined {
  if (later !== undefined) {
    let rules: readonly HttpRule[] | undefined;
    const read = () => (rules ??= readLaterRules(later));
    return { hasAllow: later.hasAllow, isLater: true, read };
  }
  const { httpRules = [] } = policy ?? {};
  if (httpRules.length === 0) return undefined;
  const hasAllow = httpRules.some(({ effect }) => effect === 'allow');
  return { hasAllow, isLater: false, read: () => httpRules };
}
