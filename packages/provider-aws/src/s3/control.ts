import { type Action, type AgentRequest, printable, readPath } from '@pai/core';
import { actionsInContent, textInContent } from './content.ts';
import { findControlOperation } from './control-operations.ts';
import { type AmzFields, readFields } from './fields.ts';
import type { Target } from './locate.ts';
import { placeOfBucket, placeOfDirectory, type Surroundings } from './place.ts';
import { unreadable } from './refuse.ts';

type Control = Extract<Target, { kind: 'control' }>;

/**
 * The actions of a request to S3 Control, for general purpose buckets, directory buckets or outposts. Throws
 * `malformed_request` when they cannot be told.
 */
export async function readControlActions(
  request: AgentRequest,
  { family, account }: Control,
  { partition, region, account: ours }: Surroundings,
): Promise<readonly Action[]> {
  checkQuery(request.query);
  const fields = readFields(request.headers, []);
  const owner = accountOf(account, fields) ?? ours;
  const outpost = outpostOf(family, fields);
  const [, ...segments] = readPath(request.path).segments;
  const found = findControlOperation(request.method, segments);
  if (found === undefined || !hasKind(family, segments[0] ?? '')) {
    throw unreadable(
      `${printable(request.method)} ${printable(request.path)} is no operation of S3 Control that is known; use one that S3's documents show`,
    );
  }
  const { operation, names } = found;
  const extras =
    request.method === 'GET' ? [] : await actionsInContent(request, extrasByElement[operation.action] ?? {});
  const base = `arn:${partition}:${family}:${region}:${owner}:${outpost === undefined ? '' : `outpost/${outpost}/`}`;
  const resource = resourceOf(operation.resource, names, { base, partition, region, owner });
  const behind = await behindAccessPoint(request, operation.action, family, {
    partition,
    region,
    account: owner,
  });
  return [
    ...[operation.action, ...extras].map((name) => ({
      name: `${family}:${name}`,
      ...(resource === undefined ? { reach: 'any' as const } : { resource }),
    })),
    ...behind.map((arn) => ({ name: `${family}:${operation.action}`, resource: arn })),
  ];
}

/** What an access point opens, where content says it: whoever reaches the access point reaches that. */
const openedBy: Readonly<Record<string, readonly string[]>> = {
  CreateAccessPoint: ['Bucket'],
  CreateAccessPointForObjectLambda: ['Configuration', 'SupportingAccessPoint'],
  PutAccessPointConfigurationForObjectLambda: ['Configuration', 'SupportingAccessPoint'],
};

async function behindAccessPoint(
  request: AgentRequest,
  action: string,
  family: Control['family'],
  around: Surroundings,
): Promise<readonly string[]> {
  const path = Object.hasOwn(openedBy, action) ? openedBy[action] : undefined;
  const text = path && (await textInContent(request, path));
  if (path === undefined || text === undefined) return [];
  const arn = text.startsWith('arn:') ? openable.exec(text)?.[0] : bucketArn(text, family, around);
  if (arn !== undefined) return [arn];
  throw unreadable(`${printable(text)} is nothing that an access point can open; name the bucket`);
}

const openable =
  /^arn:[a-z-]+:s3(?:-outposts)?:[a-z0-9-]+:\d{12}:(?:outpost\/op-[0-9a-f]+\/bucket|accesspoint)\/[\w.-]+$/;

function bucketArn(name: string, family: Control['family'], around: Surroundings): string | undefined {
  return (family === 's3express' ? placeOfDirectory(name, around) : placeOfBucket(name, around))?.arn;
}

/** What there is of directory buckets and on outposts. */
const kinds: Readonly<Partial<Record<Control['family'], readonly string[]>>> = {
  's3-outposts': ['accesspoint', 'bucket'],
  s3express: ['accesspoint', 'accesspointfordirectory', 'tags'],
};

function hasKind(family: Control['family'], kind: string): boolean {
  return family === 's3' ? kind !== 'bucket' : kinds[family]?.includes(kind) === true;
}

/** What content asks for beside: tags, and how public an access point may be. */
const extrasByElement: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  CreateAccessGrant: { Tags: 'TagResource' },
  CreateAccessGrantsInstance: { Tags: 'TagResource' },
  CreateAccessGrantsLocation: { Tags: 'TagResource' },
  CreateAccessPoint: {
    PublicAccessBlockConfiguration: 'PutAccessPointPublicAccessBlock',
    Tags: 'TagResource',
  },
  CreateJob: { Tags: 'PutJobTagging' },
  CreateStorageLensGroup: { Tags: 'TagResource' },
  PutStorageLensConfiguration: { Tags: 'PutStorageLensConfigurationTagging' },
};

/** None of them chooses an operation. */
const parameters: ReadonlySet<string> = new Set(
  [
    'allowedByApplication application_arn auditContext bucket dataSourceId dataSourceType directoryBucket durationSeconds',
    'granteeidentifier granteetype grantscope jobStatuses locationscope maxResults nextToken permission priority',
    'privilege requestedJobStatus s3prefix statusUpdateReason tagKeys target targetType x-id',
  ].flatMap((line) => line.split(' ')),
);

function checkQuery(query: string): void {
  if (query === '') return;
  if (query.includes(';')) throw unreadable('the query has a raw ; that can be read as &; write it as %3B');
  for (const pair of query.split('&')) {
    const [name = ''] = pair.split('=', 1);
    if (name !== '' && !parameters.has(name)) {
      throw unreadable(
        `the query parameter ${printable(name)} is none that S3 Control is known to read; leave it out`,
      );
    }
  }
}

function accountOf(account: string | undefined, fields: AmzFields): string | undefined {
  const named = fields.get('x-amz-account-id') ?? account;
  if (named === undefined || (/^\d{12}$/.test(named) && (account ?? named) === named)) return named;
  throw unreadable(
    'the request names two accounts, or one that is none; send its 12 digits as x-amz-account-id',
  );
}

function outpostOf(family: Control['family'], fields: AmzFields): string | undefined {
  const outpost = fields.get('x-amz-outpost-id');
  const isOnOutpost = family === 's3-outposts';
  if (outpost === undefined && !isOnOutpost) return undefined;
  if (isOnOutpost && outpost !== undefined && /^op-[0-9a-f]{8,32}$/.test(outpost)) return outpost;
  throw unreadable(
    'x-amz-outpost-id and the host do not go together; send the outpost to the host s3-outposts',
  );
}

interface Parts {
  readonly base: string;
  readonly partition: string;
  readonly region: string;
  readonly owner: string;
}

function resourceOf(
  template: string | undefined,
  names: ReadonlyMap<string, string>,
  { base, partition, region, owner }: Parts,
): string | undefined {
  if (template === undefined) return undefined;
  const arn = names.get('Arn')?.replaceAll('%2F', '/');
  if (arn !== undefined) {
    if (/^arn:[a-z-]+:s3(?:express)?:[a-z0-9-]*:(?:\d{12})?:[^*?+]+$/.test(arn)) return arn;
    throw unreadable(`${printable(arn)} is no ARN of S3; name the resource by its ARN`);
  }
  const filled = template.replace(/\{(\w+)\}/, (_, name) => plainName(names.get(name) ?? ''));
  if (filled.startsWith('lambda:')) {
    return `arn:${partition}:s3-object-lambda:${region}:${owner}:accesspoint/${filled.slice('lambda:'.length)}`;
  }
  return base + filled;
}

function plainName(name: string): string {
  if (/^[\w.-]{1,255}$/.test(name)) return name;
  throw unreadable(`${printable(name)} is no name of a resource of S3 Control; send the name alone`);
}
