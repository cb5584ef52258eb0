import { type Action, type AgentRequest, findMethodOverride, printable, type Resolution } from '@pai/core';
import type { Endpoint } from '../endpoint.ts';
import { readControlActions } from './control.ts';
import { readDataActions } from './data.ts';
import { readDirectoryActions } from './directory-control.ts';
import { hasParent, hasParentInQuery } from './escapes.ts';
import { readFields } from './fields.ts';
import { locate, type Target } from './locate.ts';
import type { Surroundings } from './place.ts';
import { readQuery } from './query.ts';
import { unreadable } from './refuse.ts';

/** What ARNs need that no request to S3 says. */
export interface S3Config {
  /** The account of the credential, 12 digits. */
  readonly accountId?: string;
}

/**
 * Names the actions of a request to a host of S3 as IAM does (Service Authorization Reference), with the ARN of each
 * resource, its key decoded. Throws `malformed_request` for whatever has more than one reading or none, and
 * `body_too_large` when the content that decides is too long.
 */
export async function resolveS3(
  request: AgentRequest,
  endpoint: Endpoint,
  config: S3Config,
): Promise<Resolution> {
  const override = findMethodOverride(request);
  if (override !== undefined) return { unresolved: `${override} asks for another method; send that method` };
  const around = {
    partition: endpoint.partition,
    region: endpoint.region,
    account: endpoint.accountId ?? config.accountId ?? '',
    isForeign: endpoint.isForeign,
  };
  const actions = unique(await actionsAt(locate(request, endpoint, around), request, around));
  if (endpoint.isForeign === true) refuseParents(request, actions);
  const [first, ...others] = actions;
  return first === undefined
    ? { unresolved: 'the request does nothing that has a name' }
    : { actions: [first, ...others] };
}

/** Servers that keep objects as files take `..` in a key, a prefix or the id of an upload for the directory above. */
function refuseParents({ query }: AgentRequest, actions: readonly Action[]): void {
  const names = actions.flatMap(({ resource = '', part = '' }) => [resource, part]);
  const found = hasParentInQuery(query) ? query : names.find(hasParent);
  if (found === undefined) return;
  throw unreadable(
    `${printable(found)} has a segment .., which leads out of where it stands on some servers that speak S3; leave it out`,
  );
}

async function actionsAt(
  target: Target,
  request: AgentRequest,
  around: Surroundings,
): Promise<readonly Action[]> {
  switch (target.kind) {
    case 'place':
      return readDataActions(request, target.place, target.keys, around);
    case 'control':
      return readControlActions(request, target, around);
    case 'directory-control':
      return readDirectoryActions(request, target.bucket);
    case 'buckets':
      return readRoot(request, 'GET', 's3:ListAllMyBuckets');
    case 'lambda-answer':
      return readRoot(request, 'POST', 's3-object-lambda:WriteGetObjectResponse');
    case 'outposts':
      return readOutpostsActions(request);
  }
}

/** Requests that name no resource, so that no scope can be shown to hold them. */
function readRoot(request: AgentRequest, method: string, name: string): readonly Action[] {
  const { selector, hoisted } = readQuery(request);
  readFields(request.headers, hoisted);
  if (request.method === method && selector === '') return [{ name, reach: 'any' }];
  throw unreadable(
    `${printable(request.method)} on this path is no operation of S3 that is known; name a bucket, or use ${method}`,
  );
}

/** The service that makes endpoints on outposts (Amazon S3 on Outposts API Reference, 2017-07-25). */
const onOutposts: Readonly<Record<string, string>> = {
  'POST /S3Outposts/CreateEndpoint': 'CreateEndpoint',
  'DELETE /S3Outposts/DeleteEndpoint': 'DeleteEndpoint',
  'GET /S3Outposts/ListEndpoints': 'ListEndpoints',
  'GET /S3Outposts/ListOutpostsWithS3': 'ListOutpostsWithS3',
  'GET /S3Outposts/ListSharedEndpoints': 'ListSharedEndpoints',
};

function readOutpostsActions({ method, path }: AgentRequest): readonly Action[] {
  const operation = `${method} ${path}`;
  if (Object.hasOwn(onOutposts, operation)) {
    return [{ name: `s3-outposts:${onOutposts[operation]}`, reach: 'any' }];
  }
  throw unreadable(
    `${printable(operation)} is no operation of S3 on Outposts that is known; use one of its documents`,
  );
}

/** The same action on the same thing is said once. */
function unique(actions: readonly Action[]): readonly Action[] {
  if (actions.length === 1) return actions;
  const seen = new Map(
    actions.map((action) => [[action.name, action.part, action.resource].join('\0'), action]),
  );
  return [...seen.values()];
}
