import {
  type Action,
  type AgentRequest,
  type ProviderPlugin,
  printable,
  type ScopeChecker,
  type Verdict,
} from '@pai/core';
import { type ActionDialect, compileActionList } from './action-list.ts';
import { compileHttpRules } from './http-rules.ts';
import type { RuleSource } from './rule-source.ts';
import { listed, shown } from './sentence.ts';

/** One step of a decision, compiled. A denial ends the decision; a pass says which rule let the request through. */
export interface Check {
  readonly step: 'httpRules' | 'deny' | 'allow' | 'mcp' | 'services' | 'scope';
  readonly judge: (request: AgentRequest, actions: readonly Action[]) => Verdict;
}

/** `policy.httpRules`: what no rule allows is denied. `name` is the Provider's. */
export function httpCheck(name: string, rules: RuleSource): Check {
  const find = compileHttpRules(rules);
  const passes: Verdict[] = [];
  return {
    step: 'httpRules',
    judge: (request) => {
      const finding = find(request);
      const rule = typeof finding === 'number' ? rules.read()[finding] : undefined;
      if (typeof finding === 'number' && rule?.effect === 'allow') {
        passes[finding] ??= pass(name, `policy.httpRules[${finding}]`, 'allows it');
        return passes[finding];
      }
      if (typeof finding === 'object') {
        return denial(
          name,
          'policy.httpRules',
          `policy.httpRules cannot judge it: ${finding.unreadable.message}`,
        );
      }
      const what = `${shown(request.method)} ${printable(request.path)}`;
      if (finding === 'none') {
        const remedy = 'add an allow rule for it if the agent needs it';
        return denial(name, 'policy.httpRules', `${what} fits no rule of policy.httpRules; ${remedy}`);
      }
      const place = `policy.httpRules[${finding}]`;
      return denial(
        name,
        place,
        `${what} is denied by ${place}; remove or narrow that rule if the agent needs it`,
      );
    },
  };
}

/** `policy.deny`: any action that fits a pattern denies the request. */
export function denyCheck(name: string, patterns: readonly string[], dialect: ActionDialect): Check {
  const find = compileActionList('policy.deny', patterns, dialect);
  const passed = pass(name, 'policy.deny', 'has no pattern for it');
  return {
    step: 'deny',
    judge: (_, actions) => {
      for (const action of actions) {
        const index = find(action.name);
        if (index === -1) continue;
        const place = `policy.deny[${index}]`;
        const remedy = 'remove or narrow that pattern if the agent needs it';
        const what = `${shown(action.name)} is denied by ${place} ${JSON.stringify(patterns[index])}`;
        return denial(name, place, `${what}; ${remedy}`);
      }
      return passed;
    },
  };
}

/** `policy.allow`: every action that is not `implied` must fit a pattern; without a list nothing does. */
export function allowCheck(
  name: string,
  patterns: readonly string[] | undefined,
  dialect: ActionDialect,
  implied: readonly string[] = [],
): Check {
  const find = compileActionList('policy.allow', patterns ?? [], dialect);
  const findImplied = compileActionList('impliedActions', implied, { ...dialect, rewrite: (one) => [one] });
  const nothing = pass(name, 'policy.allow', 'has nothing to say on what opens and keeps a connection');
  const passes = (patterns ?? []).map((pattern, i) =>
    pass(name, `policy.allow[${i}]`, `${JSON.stringify(pattern)} allows it`),
  );
  const known = patterns === undefined ? 'there is no policy.allow' : `allow has ${listed(patterns)}`;
  return {
    step: 'allow',
    judge: (_, actions) => {
      let last: Verdict | undefined;
      for (const action of actions) {
        const isImplied = action.arguments === undefined && findImplied(action.name) !== -1;
        last = passes[find(action.name)] ?? (isImplied ? nothing : undefined);
        if (last !== undefined) continue;
        const remedy = dialect.hasNoActions
          ? 'add allow rules to policy.httpRules'
          : 'add it to policy.allow';
        return denial(name, 'policy.allow', `${shown(action.name)} is not allowed (${known}); ${remedy}`);
      }
      return last ?? denial(name, 'policy.allow', 'the request names no action; send one that does');
    },
  };
}

/** `config.services`: every action must belong to a listed service; case does not matter. */
export function servicesCheck(
  name: string,
  services: readonly string[],
  serviceOf: NonNullable<ProviderPlugin['serviceOf']>,
): Check {
  const known = new Set(services.map((service) => service.toLowerCase()));
  const passed = pass(name, 'config.services', 'names its service');
  return {
    step: 'services',
    judge: (_, actions) => {
      for (const action of actions) {
        const names = [serviceOf(action)].flat();
        if (names.some((name) => known.has(name.toLowerCase()))) continue;
        const why = `${shown(action.name)} belongs to ${shown(names[0] ?? '')}, which is not in config.services (${listed(services)})`;
        return denial(name, 'config.services', `${why}; add it there if the agent needs it`);
      }
      return passed;
    },
  };
}

/** `spec.scope`, as the Provider's own checker judges it. It runs without lists too: a checker may know other limits. */
export function scopeCheck(name: string, scope: ScopeChecker, hasScope: boolean): Check {
  const passed = pass(name, 'scope', hasScope ? 'holds everything the request touches' : 'has no list');
  return {
    step: 'scope',
    judge: (_, actions) => {
      for (const action of actions) {
        const outside = scope(action);
        if (outside === undefined) continue;
        return denial(name, outside.rule, `${shown(action.name)} is out of scope: ${outside.reason}`);
      }
      return passed;
    },
  };
}

/** A denial by the Provider called `name`. */
export function denial(name: string, rule: string, what: string): Verdict {
  return { effect: 'deny', rule, reason: `${name}: ${what}` };
}

/** Leave to go on, given by `rule`. */
export function pass(name: string, rule: string, what: string): Verdict {
  return { effect: 'allow', rule, reason: `${name}: ${rule} ${what}` };
}
