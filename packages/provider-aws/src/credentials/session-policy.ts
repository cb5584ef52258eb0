import { escapeUnits, PaiError } from '@pai/core';
import type { AwsSpec } from '../schema.ts';
import { covers } from './pattern-algebra.ts';
import { sessionActionsOf } from './session-actions.ts';
import { type Listing, sessionResourcesOf } from './session-resources.ts';

/** Most characters of a session policy. Source: the API reference of AssumeRole. */
const mostCharacters = 2_048;

interface Statement {
  readonly Effect: 'Allow' | 'Deny';
  readonly Action: readonly string[] | string;
  readonly Resource: readonly string[] | string;
  readonly Condition?: object;
}

/**
 * The session policy by which AWS itself holds a Provider to its policy and scope, as JSON; undefined when it would limit
 * nothing, or must not since denials are only logged. Rules on methods and paths cannot be said in one. Throws
 * `config_invalid` when IAM could not take it.
 */
export function sessionPolicyOf(spec: AwsSpec): string | undefined {
  const role = spec.config?.assumeRole;
  if (role === undefined || role.sessionPolicy === false || spec.audit?.enforcement === 'audit')
    return undefined;
  const actions = sessionActionsOf(spec);
  const resources = spec.scope?.resources;
  const scope = resources?.includes('*') === true ? undefined : resources;
  if (actions.allow[0] === '*' && actions.deny.length === 0 && scope === undefined) return undefined;
  const statements = statementsOf(actions, scope, role.roleArn.split(':')[4] ?? '');
  const json = JSON.stringify({ Version: '2012-10-17', Statement: statements });
  const policy = json.replace(/[^\x20-\x7e]/g, escapeUnits);
  if (policy.length <= mostCharacters) return policy;
  throw new PaiError(
    'config_invalid',
    `config.assumeRole: the session policy that policy and scope make has ${policy.length} characters, and AWS takes ${mostCharacters}; use fewer patterns with more * in them, or set config.assumeRole.sessionPolicy to false`,
  );
}

function statementsOf(
  { allow, deny }: ReturnType<typeof sessionActionsOf>,
  scope: readonly string[] | undefined,
  account: string,
): Statement[] {
  const { arns, listings } = scope === undefined ? everything : sessionResourcesOf(scope, account);
  if (allow.length === 0 || arns.length === 0) return [{ Effect: 'Deny', Action: '*', Resource: '*' }];
  return [
    { Effect: 'Allow', Action: allow, Resource: arns },
    ...listings.flatMap((listing) => listingStatements(allow, listing)),
    ...(allow[0] === '*' && scope === undefined ? [] : [keysThroughServices]),
    ...(deny.length === 0 ? [] : [{ Effect: 'Deny', Action: deny, Resource: '*' } as const]),
  ];
}

const everything = { arns: ['*'], listings: [] };

/** What AWS services do with KMS keys to serve a request: no request says it, and none of its own has this condition. */
const keysThroughServices: Statement = {
  Effect: 'Allow',
  Action: [
    'kms:CreateGrant',
    'kms:Decrypt',
    'kms:DescribeKey',
    'kms:Encrypt',
    'kms:GenerateDataKey*',
    'kms:ReEncrypt*',
  ],
  Resource: '*',
  Condition: { StringLike: { 'kms:ViaService': '*' } },
};

/**
 * Reading where a container is and what it holds, where the scope holds objects in it. IAM knows the prefix of two of the
 * listings; what it cannot hold to a prefix is left out.
 */
function listingStatements(allow: readonly string[], listing: Listing): Statement[] {
  const { service, containers, prefixes } = listing;
  const allowed = (names: readonly string[]) =>
    names
      .map((name) => `${service}:${name}`)
      .filter((action) => allow.some((pattern) => covers(pattern, action)));
  const plain = allowed(prefixes === undefined ? [...listed, ...others] : [others[0]]);
  const limited = prefixes === undefined || prefixes.length === 0 ? [] : allowed(listed);
  const Condition = { StringLike: { [`${service}:prefix`]: prefixes } };
  return [
    ...(plain.length === 0 ? [] : [{ Effect: 'Allow', Action: plain, Resource: containers } as const]),
    ...(limited.length === 0
      ? []
      : [{ Effect: 'Allow', Action: limited, Resource: containers, Condition } as const]),
  ];
}

const listed = ['ListBucket', 'ListBucketVersions'];
const others = ['GetBucketLocation', 'ListBucketMultipartUploads'] as const;
