import type { PolicyOptions } from './compile.ts';
import type { RuleSource } from './rule-source.ts';

/** Sentences for a policy that denies everything, or more than its author can have meant. */
export function warningsOf(
  { name, type, policy, services, plugin }: PolicyOptions,
  rules: RuleSource | undefined,
): string[] {
  const { allow, deny = [] } = policy ?? {};
  const remedy =
    plugin.hasNoActions === true
      ? 'add allow rules to policy.httpRules'
      : 'add the actions it needs to policy.allow';
  const warnings: string[] = [];
  const warn = (what: string) => warnings.push(`${name}: ${what}`);
  if (allow?.length === 0) warn(`policy.allow is empty, so everything is denied; ${remedy}`);
  if (allow === undefined && rules === undefined && type !== 'mcp') {
    warn(`there is no policy.allow, so everything is denied; ${remedy}`);
  }
  if (rules?.hasAllow === false) {
    warn('policy.httpRules has no allow rule, so everything is denied; add one');
  }
  const star = deny.indexOf('*');
  if (star !== -1) warn(`policy.deny[${star}] "*" denies everything; remove it or narrow it`);
  if (services?.length === 0) {
    warn('config.services is empty, so everything is denied; add a service or remove it');
  }
  return warnings;
}
