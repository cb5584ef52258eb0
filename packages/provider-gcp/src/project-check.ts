import {
  type Action,
  createAnswers,
  isPaiError,
  PaiError,
  printable,
  type Resolution,
  type ScopeChecker,
} from '@pai/core';
import type { GcpAction } from './gcp-action.ts';
import { bucketsRoot } from './storage/names.ts';

/** What a check of `config.project` is made of. */
export interface ProjectCheckOptions {
  /** Id of the project. */
  readonly project: string;
  /** `scope.resources`: the buckets that these name without a wildcard count as the project's. */
  readonly patterns: readonly string[] | undefined;
  /** A GET of a URL with the real credential. Without it nothing can be asked. */
  readonly ask: ((url: string) => Promise<Response>) | undefined;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** Holds requests to the project of `config.project`. */
export interface ProjectCheck {
  /** The resolution with the project of each bucket that is known, or asked for now. Never throws. */
  readonly locate: (resolution: Resolution) => Promise<Resolution>;
  /** Why an action, located, is not in the project. */
  readonly check: ScopeChecker;
}

/** Milliseconds for which a bucket is known to be the project's: it may be deleted, and made anew elsewhere. */
const life = 60_000;

/** Buckets that are known at once, and that one request may ask for. */
const most = { known: 1_000, asked: 20 };

const rule = 'config.project';

/**
 * Checks that everything a request names is in one project: names have their project in them, except for buckets, which
 * Cloud Storage is asked for (`buckets.list` with the name as prefix). What is not known to be in it is outside.
 */
export function createProjectCheck({ project, patterns = [], ask, now }: ProjectCheckOptions): ProjectCheck {
  const named = new Set(patterns.flatMap(plainBucket));
  const answers = createAnswers<true>({ life, most: most.known, now });
  const findBucket = async (bucket: string): Promise<string | undefined> => {
    if (ask === undefined) return 'it cannot be looked up here';
    try {
      await answers(bucket, () => askFor(bucket, project, ask));
      return undefined;
    } catch (thrown) {
      return isPaiError(thrown) ? thrown.message : 'it could not be looked up';
    }
  };
  return {
    locate: async (resolution) => {
      if (!('actions' in resolution)) return resolution;
      const open = new Set(resolution.actions.flatMap((action) => bucketToAsk(action, named)));
      if (open.size === 0) return resolution;
      const why = new Map<string, string | undefined>();
      for (const bucket of open) {
        why.set(bucket, why.size < most.asked ? await findBucket(bucket) : 'too many were named at once');
      }
      const [first, ...others] = resolution.actions;
      const located = (action: Action) => locatedIn(action, project, why);
      return { actions: [located(first), ...others.map(located)] };
    },
    check: (action) => checkAction(action, project, named),
  };
}

/** An action whose bucket was asked for. */
interface LocatedAction extends GcpAction {
  readonly notFound?: string;
}

function locatedIn(
  action: GcpAction,
  project: string,
  why: ReadonlyMap<string, string | undefined>,
): LocatedAction {
  const bucket = bucketOf(action.resource);
  if (bucket === undefined || action.project !== undefined || !why.has(bucket)) return action;
  const notFound = why.get(bucket);
  return notFound === undefined ? { ...action, project } : { ...action, notFound };
}

function checkAction(
  action: LocatedAction,
  project: string,
  named: ReadonlySet<string>,
): ReturnType<ScopeChecker> {
  const { resource, reach, notFound } = action;
  const outside = (why: string) => ({ rule, reason: `${why}, and config.project is ${project}` });
  if (reach === 'any')
    return outside('it can reach what the request does not name; use a request that names it');
  if (resource === undefined) return undefined;
  const bucket = bucketOf(resource);
  if (bucket !== undefined) {
    if (action.project === project || (action.project === undefined && named.has(bucket))) return undefined;
    // Content may mention what is none.
    const name = /^[\w.-]+$/.test(bucket) ? bucket : printable(bucket);
    if (action.project !== undefined) return outside(`the bucket ${name} is in ${printable(action.project)}`);
    return outside(
      `the bucket ${name} is not known to be in the project: ${notFound ?? 'it was not looked up'}; name it in scope.resources if it is`,
    );
  }
  const [, found] = /^\/\/[^/]+\/projects\/([^/]+)/.exec(resource) ?? [];
  if (found === project) return undefined;
  if (found === undefined) return outside(`${printable(resource)} is in no project`);
  const isNumber = /^\d+$/.test(found);
  return outside(
    `${printable(resource)} is in the project ${printable(found)}${isNumber ? ', which has to be named by its id' : ''}`,
  );
}

function bucketOf(resource: string | undefined): string | undefined {
  if (resource?.startsWith(bucketsRoot) !== true) return undefined;
  const [bucket = ''] = resource.slice(bucketsRoot.length).split('/', 1);
  return bucket;
}

function bucketToAsk(action: GcpAction, named: ReadonlySet<string>): readonly string[] {
  const bucket = action.reach === 'any' ? undefined : bucketOf(action.resource);
  return bucket === undefined || action.project !== undefined || named.has(bucket) ? [] : [bucket];
}

function plainBucket(pattern: string): readonly string[] {
  const [, bucket] =
    /^(?:\/\/storage\.googleapis\.com\/)?projects\/_\/buckets\/([^/*?]+)(?:\/|$)/.exec(pattern) ?? [];
  return bucket === undefined ? [] : [bucket];
}

async function askFor(
  bucket: string,
  project: string,
  ask: (url: string) => Promise<Response>,
): Promise<true> {
  const query = new URLSearchParams({ project, prefix: bucket, fields: 'items(name)', maxResults: '1' });
  const response = await ask(`https://storage.googleapis.com/storage/v1/b?${query}`);
  if (!response.ok) {
    await response.body?.cancel();
    throw new PaiError(
      'credential_unavailable',
      `the service answered ${response.status} when it was looked up, which takes storage.buckets.list`,
    );
  }
  const { items }: { items?: unknown } = Object(await response.json());
  const isThere = Array.isArray(items) && items.some((item) => Object(item).name === bucket);
  if (isThere) return true;
  throw new PaiError('credential_unavailable', 'the project has none of that name');
}
