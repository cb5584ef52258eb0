import type {
  Action,
  AgentRequest,
  Decide,
  ProviderPlugin,
  Resolution,
  ScopeChecker,
  Verdict,
} from '@pai/core';
import type { ActionDialect } from './action-list.ts';
import {
  allowCheck,
  type Check,
  denial,
  denyCheck,
  httpCheck,
  pass,
  scopeCheck,
  servicesCheck,
} from './checks.ts';
import { configInvalid } from './invalid.ts';
import type { LaterRules } from './later-rules.ts';
import { type RuleSource, ruleSourceOf } from './rule-source.ts';
import type { PolicySpec } from './schema.ts';
import { joined, shown } from './sentence.ts';
import { mcpCheck } from './tools.ts';
import { warningsOf } from './warnings.ts';

/** All that a policy is made of. */
export interface PolicyOptions {
  /** The Provider's name. */
  readonly name: string;
  /** The Provider's type; only `mcp` has `policy.mcp`. */
  readonly type: string;
  /** `spec.policy`. */
  readonly policy: PolicySpec | undefined;
  /** Stand for the `httpRules` of that, which are not looked at then. */
  readonly laterRules?: LaterRules | undefined;
  /** `spec.config.services`. An empty list permits no service. */
  readonly services?: readonly string[] | undefined;
  readonly plugin: Pick<
    ProviderPlugin,
    'patterns' | 'hasCaseSensitiveActions' | 'hasNoActions' | 'impliedActions' | 'serviceOf'
  >;
  readonly scope: ScopeChecker;
  /** Whether `spec.scope` has any list. */
  readonly hasScope: boolean;
}

/** One step of a decision, in words. */
export interface Step {
  readonly step: 'resolve' | Check['step'];
  readonly effect: 'pass' | 'deny';
  readonly rule: string;
  readonly reason: string;
}

/** A compiled policy. */
export interface Policy {
  readonly decide: Decide;
  /** Every step that this policy has, also those after the first denial, which is the verdict. */
  readonly explain: (request: AgentRequest, resolution: Resolution) => readonly Step[];
  /** Sentences about a policy that is valid but surely not meant. */
  readonly warnings: readonly string[];
}

/** Compiles a Provider's policy. Throws `config_invalid`, naming the place, for what cannot be compiled. */
export function compilePolicy(options: PolicyOptions): Policy {
  const rules = ruleSourceOf(options.policy, options.laterRules);
  const checks = checksOf(options, rules);
  const isBare = rules === undefined && isBareAllow(options);
  const judge = (request: AgentRequest, actions: readonly Action[]): Verdict => {
    let granted: Verdict | undefined;
    for (const { check, isGrant } of checks) {
      const verdict = check.judge(request, actions);
      if (verdict.effect === 'deny') return verdict;
      if (isGrant) granted = verdict;
    }
    return granted ?? denial(options.name, 'policy', 'nothing allows it; add it to policy.allow');
  };
  return {
    decide: (request, resolution) => {
      const actions = actionsOf(resolution);
      return actions === undefined
        ? judgeUnresolved(options.name, resolution, isBare)
        : judge(request, actions);
    },
    explain: (request, resolution) => {
      const actions = actionsOf(resolution);
      if (actions === undefined) {
        return [toStep('resolve', judgeUnresolved(options.name, resolution, isBare))];
      }
      const meaning = `${options.name}: the request is ${joined(actions.map(describe))}`;
      const resolved: Step = { step: 'resolve', effect: 'pass', rule: 'resolve', reason: meaning };
      return [resolved, ...checks.map(({ check }) => toStep(check.step, check.judge(request, actions)))];
    },
    warnings: warningsOf(options, rules),
  };
}

/** The steps in the order of the specification. The last grant is the rule that an allowed request is allowed by. */
function checksOf(
  { name, type, policy, services, plugin, scope, hasScope }: PolicyOptions,
  rules: RuleSource | undefined,
) {
  const { allow, deny = [], mcp } = policy ?? {};
  const checks: { check: Check; isGrant: boolean }[] = [];
  const add = (check: Check, isGrant: boolean) => checks.push({ check, isGrant });
  const dialect: ActionDialect = {
    type,
    isCaseSensitive: plugin.hasCaseSensitiveActions ?? false,
    hasNoActions: plugin.hasNoActions ?? false,
    rewrite: (pattern) => plugin.patterns?.(pattern) ?? [pattern],
  };
  if (mcp !== undefined && type !== 'mcp') {
    throw configInvalid(`policy.mcp is not known to type ${type}; remove it`);
  }
  if (rules !== undefined) add(httpCheck(name, rules), true);
  if (deny.length > 0) add(denyCheck(name, deny, dialect), false);
  const isGrantedElsewhere = rules !== undefined || type === 'mcp';
  if (allow !== undefined || !isGrantedElsewhere) {
    add(allowCheck(name, allow, dialect, plugin.impliedActions), true);
  }
  if (type === 'mcp') add(mcpCheck(name, mcp ?? {}), allow === undefined);
  if (services !== undefined) {
    if (plugin.serviceOf === undefined) {
      throw configInvalid(`config.services is not known to type ${type}; remove it`);
    }
    add(servicesCheck(name, services, plugin.serviceOf), false);
  }
  add(scopeCheck(name, scope, hasScope), false);
  return checks;
}

function isBareAllow({ policy, services, hasScope }: PolicyOptions): boolean {
  const { allow = [], deny = [], mcp } = policy ?? {};
  const tools = [...(mcp?.allowedTools ?? []), ...(mcp?.deniedTools ?? []), ...(mcp?.rules ?? [])];
  const others = [...deny, ...tools];
  const isOnlyStar = allow.length > 0 && allow.every((pattern) => pattern === '*');
  return isOnlyStar && others.length === 0 && services === undefined && !hasScope;
}

function actionsOf(resolution: Resolution): readonly Action[] | undefined {
  return 'actions' in resolution && resolution.actions.length > 0 ? resolution.actions : undefined;
}

function judgeUnresolved(name: string, resolution: Resolution, isBare: boolean): Verdict {
  const why = 'unresolved' in resolution ? resolution.unresolved : 'the resolver named no action';
  if (isBare) return pass(name, 'policy.allow[0]', `"*" stands alone and allows what has no name (${why})`);
  const remedy = 'send it in a form that can be read; only a bare allow: ["*"] lets it through';
  return denial(name, 'unresolved', `the request cannot be resolved to actions (${why}); ${remedy}`);
}

function toStep(step: Step['step'], { effect, rule, reason }: Verdict): Step {
  return { step, effect: effect === 'deny' ? 'deny' : 'pass', rule, reason };
}

function describe({ name, resource, part, reach }: Action): string {
  const at = part === undefined || part === '' ? '' : ` at ${shown(part)}`;
  if (resource !== undefined) return `${shown(name)} on ${shown(resource)}${at}`;
  return reach === 'any' ? `${shown(name)} on resources it does not name` : shown(name);
}
