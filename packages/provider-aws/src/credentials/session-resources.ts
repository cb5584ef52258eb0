import { PaiError } from '@pai/core';

/** Buckets and access points of which a scope holds objects, and what of them may be listed. */
export interface Listing {
  /** `s3` or `s3-outposts`: what their actions and condition keys begin with. */
  readonly service: string;
  /** ARN patterns. */
  readonly containers: readonly string[];
  /** Patterns of prefixes: none, some, or, if undefined, every one. */
  readonly prefixes: readonly string[] | undefined;
}

/** The resources of a scope as IAM takes them. */
export interface SessionResources {
  readonly arns: readonly string[];
  /** What reading a container is inside the scope, beside what its ARNs hold. */
  readonly listings: readonly Listing[];
}

/**
 * `scope.resources` in IAM's words; `account` stands where a pattern has an empty one. Throws `config_invalid` for a
 * pattern that IAM would not take.
 */
export function sessionResourcesOf(patterns: readonly string[], account: string): SessionResources {
  const arns = patterns.flatMap((pattern, i) => readArn(pattern, i, account));
  return { arns: [...new Set(arns)], listings: listingsOf(arns.flatMap(containersOf)) };
}

/** IAM takes no wildcard in the partition, and knows accounts that `scope.resources` may leave empty. */
function readArn(pattern: string, index: number, account: string): string[] {
  const [arn, partition = '', service, region, owner, ...resource] = pattern.split(':');
  if (/[*?]/.test(partition)) {
    throw new PaiError(
      'config_invalid',
      `scope.resources[${index}]: AWS takes no session policy with the partition ${JSON.stringify(partition)}; write aws, or set config.assumeRole.sessionPolicy to false`,
    );
  }
  if (owner !== '' || service === 's3') return [pattern];
  return [pattern, [arn, partition, service, region, account, ...resource].join(':')];
}

interface Container {
  readonly service: string;
  readonly arn: string;
  /** The pattern of the keys in it. */
  readonly keys: string;
}

/**
 * The containers of what a pattern holds: what stands before a key, and before every wildcard that may hold a slash. The
 * pattern itself is none.
 */
function containersOf(pattern: string): Container[] {
  const [, head = '', service = '', rest = ''] =
    /^(arn:[^:]*:(s3|s3-outposts):[^:]*:[^:]*:)(.*)$/s.exec(pattern) ?? [];
  if (service === '') return [];
  const isPoint = /^(?:outpost\/[^/]*\/)?accesspoint\//.test(rest);
  if (service === 's3-outposts' && !isPoint) return [];
  const mark = isPoint ? '/object/' : '/';
  const end = rest.indexOf(mark);
  const name = rest.slice(0, end === -1 ? undefined : end);
  const placesOf = (wildcard: string) => [...name].flatMap((letter, i) => (letter === wildcard ? [i] : []));
  const runs = placesOf('*')
    .map((at) => ({ arn: `${head}${rest.slice(0, at)}*`, keys: rest.slice(at) }))
    .filter(({ arn }) => arn !== pattern);
  const slashes = isPoint ? [] : placesOf('?');
  const ones = slashes.map((at) => ({ arn: head + rest.slice(0, at), keys: rest.slice(at + 1) }));
  const plain = { arn: head + name, keys: rest.slice(end + mark.length) };
  return [...(end === -1 ? [] : [plain]), ...runs, ...ones].map((container) => ({ service, ...container }));
}

/** A prefix is inside when all that can follow it is, so that only patterns which end in a run hold one. */
function listingsOf(containers: readonly Container[]): Listing[] {
  const keysOf = new Map<string, { readonly service: string; readonly keys: Set<string> }>();
  for (const { service, arn, keys } of containers) {
    const known = keysOf.get(arn) ?? { service, keys: new Set() };
    known.keys.add(keys);
    keysOf.set(arn, known);
  }
  const groups = new Map<string, Listing & { readonly containers: string[] }>();
  for (const [arn, { service, keys }] of keysOf) {
    const prefixes = keys.has('*') ? undefined : [...keys].filter((pattern) => pattern.endsWith('*')).sort();
    const name = JSON.stringify([service, prefixes]);
    const group = groups.get(name) ?? { service, containers: [], prefixes };
    group.containers.push(arn);
    groups.set(name, group);
  }
  return [...groups.values()];
}
