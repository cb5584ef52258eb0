import { patternsOf } from '../patterns.ts';
import type { AwsSpec } from '../schema.ts';
import { overlap, restsAfter, withoutCovered } from './pattern-algebra.ts';

/** Patterns of actions as IAM takes them. */
export interface SessionActions {
  /** No less than what the policy of the Provider lets through. */
  readonly allow: readonly string[];
  /** What of that its deny list takes away, as far as IAM can say it. */
  readonly deny: readonly string[];
}

/**
 * The actions of a Provider's policy in IAM's words, which name a service before the first colon. A pattern that leaves
 * the service open is `*` where it allows and left out where it denies, unless `config.services` closes it.
 */
export function sessionActionsOf({ policy, config }: Pick<AwsSpec, 'policy' | 'config'>): SessionActions {
  const { allow, deny = [], httpRules = [] } = policy ?? {};
  const services = config?.services?.map((service) => service.toLowerCase());
  const wanted = allow ?? (httpRules.length > 0 ? ['*'] : []);
  const allowed = withoutCovered(
    wanted.flatMap(patternsOf).flatMap((pattern) => inIam(pattern, services, '*')),
  );
  const denied = deny
    .flatMap(patternsOf)
    .flatMap((pattern) => inIam(pattern, services, undefined))
    .filter((pattern) => allowed.some((other) => overlap(pattern, other)));
  return { allow: allowed, deny: withoutCovered(denied) };
}

function inIam(
  pattern: string,
  services: readonly string[] | undefined,
  instead: string | undefined,
): readonly string[] {
  if (services !== undefined) {
    const rests = services.flatMap((service) =>
      restsAfter(pattern, `${service}:`).map((rest) => `${service}:${rest}`),
    );
    return rests.filter((action) => iamAction.test(action));
  }
  if (/^\*+$/.test(pattern)) return ['*'];
  const [service = ''] = pattern.split(':', 1);
  if (service.includes('*')) return instead === undefined ? [] : [instead];
  return iamAction.test(pattern) ? [pattern] : [];
}

/** What else a list may hold is the name of no action. */
const iamAction = /^[a-z0-9-]+:[a-z0-9*]+$/i;
