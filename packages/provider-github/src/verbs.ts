/** Every verb an action name can end with. `write` in a policy stands for all of them but `read`. */
export const verbs = [
  'read',
  'create',
  'update',
  'delete',
  'comment',
  'review',
  'approve',
  'react',
  'merge',
  'lock',
  'dispatch',
  'rerun',
  'cancel',
  'fork',
  'transfer',
  'push',
] as const;

/** The last part of an action name. */
export type Verb = (typeof verbs)[number];

/** The methods of GitHub's REST API. */
export type Method = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** The verb of a method alone, for an operation nobody has named. */
export function verbOfMethod(method: Method): Verb {
  return byMethod[method];
}

const byMethod: Readonly<Record<Method, Verb>> = {
  GET: 'read',
  HEAD: 'read',
  POST: 'create',
  PUT: 'update',
  PATCH: 'update',
  DELETE: 'delete',
};

/**
 * Rule G4 of the naming rule: the verb of an operation by its method, the parts of its template after the container
 * (`{name}` for a parameter) and its resource.
 */
export function verbOf(method: Method, parts: readonly string[], resource: string): Verb {
  if (byMethod[method] === 'read') return 'read';
  if (method === 'POST' && readingPosts.test(`/${parts.join('/')}`)) return 'read';
  if (parts.includes('reviews')) return 'review';
  if (parts.includes('reactions')) return 'react';
  const at = parts.findLastIndex((part) => !isParameter(part));
  const last = parts[at] ?? '';
  const special = lastSegments.find((row) => row.segments.includes(last));
  if (special !== undefined && applies(special, method, resource)) return special.verb;
  const isAttached = parts.slice(0, Math.max(at, 0)).some(isParameter);
  if (method === 'POST' && isAttached) return 'update';
  if (method === 'DELETE' && isAttached && detaching.has(last)) return 'update';
  return byMethod[method];
}

/** These are sent with POST only because their input is long. */
const readingPosts = /^\/markdown(?:\/raw)?$|\/attestations\/bulk-list$|\/releases\/generate-notes$/;

interface LastSegment {
  readonly segments: readonly string[];
  readonly verb: Verb;
  readonly method?: Method;
  readonly resource?: string;
}

const lastSegments: readonly LastSegment[] = [
  { segments: ['comments', 'replies'], verb: 'comment', method: 'POST' },
  { segments: ['merge', 'merges', 'merge-upstream', 'merge-async'], verb: 'merge' },
  { segments: ['lock'], verb: 'lock' },
  { segments: ['dispatches'], verb: 'dispatch', method: 'POST' },
  { segments: ['rerun', 'rerun-failed-jobs', 'rerequest'], verb: 'rerun', method: 'POST' },
  { segments: ['cancel', 'force-cancel'], verb: 'cancel', method: 'POST' },
  {
    segments: ['approve', 'pending_deployments', 'deployment_protection_rule'],
    verb: 'approve',
    method: 'POST',
    resource: 'actions',
  },
  { segments: ['forks'], verb: 'fork', method: 'POST' },
  { segments: ['transfer'], verb: 'transfer', method: 'POST' },
];

/** Deleting these from an item changes the item and leaves the thing itself. */
const detaching: ReadonlySet<string> = new Set([
  'labels',
  'assignees',
  'requested_reviewers',
  'sub_issue',
  'sub_issues',
  'blocked_by',
  'issue-field-values',
  'repositories',
  'star',
  'pin',
]);

function applies(row: LastSegment, method: Method, resource: string): boolean {
  return (row.method ?? method) === method && (row.resource ?? resource) === resource;
}

function isParameter(part: string): boolean {
  return part.startsWith('{');
}
