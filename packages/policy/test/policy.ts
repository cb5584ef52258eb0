import type { Action, Resolution, ScopeChecker } from '@pai/core';
import {
  compilePolicy,
  compileRepositoryPattern,
  createScope,
  type Policy,
  type PolicyOptions,
  type PolicySpec,
} from '../src/index.ts';
import { requestOf } from './request.ts';

interface Parts extends Partial<Omit<PolicyOptions, 'scope' | 'hasScope'>> {
  readonly repositories?: readonly string[] | undefined;
  readonly scope?: ScopeChecker;
}

/** The policy of a Provider called github-writer, of type github unless said otherwise. */
export function policyOf(policy: PolicySpec | undefined, { repositories, ...parts }: Parts = {}): Policy {
  return compilePolicy({
    name: 'github-writer',
    type: 'github',
    plugin: {},
    scope: createScope('scope.repositories', repositories, compileRepositoryPattern),
    hasScope: repositories !== undefined,
    ...parts,
    policy,
  });
}

/** Actions written as `name`, `name@resource` or `name@any`, one or more. */
export function actionsOf(...texts: [string, ...string[]]): { actions: [Action, ...Action[]] } {
  const [first, ...rest] = texts;
  return { actions: [actionOf(first), ...rest.map(actionOf)] };
}

function actionOf(text: string): Action {
  const [name = '', resource] = text.split('@');
  if (resource === undefined) return { name };
  return resource === 'any' ? { name, reach: 'any' } : { name, resource };
}

/** The rule that decides about a `GET /x`, with `+` in front when it allows. */
export function verdict(policy: PolicySpec | undefined, resolution: Resolution, parts: Parts = {}): string {
  const { effect, rule } = policyOf(policy, parts).decide(requestOf('GET', '/x'), resolution);
  return effect === 'allow' ? `+${rule}` : rule;
}
