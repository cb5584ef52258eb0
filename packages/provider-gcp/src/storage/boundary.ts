import { compileActionPattern } from '@pai/policy';
import { counterpartOf, permissions, roles } from './boundary-roles.ts';

/** One rule of a Credential Access Boundary (IAM documentation, `AccessBoundaryRule`). */
export interface BoundaryRule {
  readonly availableResource: string;
  readonly availablePermissions: readonly string[];
  readonly availabilityCondition?: { readonly expression: string };
}

/**
 * The Credential Access Boundary that says what a policy and its `scope.resources` leave of Cloud Storage, a rule a bucket.
 * It lets through all that they do, and no more but what predefined roles have beside a permission on objects (parts of
 * uploads, folders). Undefined when that cannot be said: for patterns that name no bucket, for permissions that make up
 * no roles, over 10 buckets.
 */
export function bucketRulesOf(
  patterns: readonly string[] | undefined,
  allow: readonly string[] | undefined,
  deny: readonly string[] = [],
): readonly BoundaryRule[] | undefined {
  if (patterns === undefined || patterns.length === 0 || allow === undefined) return undefined;
  const buckets = areasOf(patterns);
  if (buckets === undefined || buckets.size > 10) return undefined;
  const policy = compileSides(allow, deny);
  const rules: BoundaryRule[] = [];
  for (const [bucket, areas] of buckets) {
    const rule = ruleOf(bucket, areas, policy);
    if (rule === undefined) return undefined;
    rules.push(rule);
  }
  return rules;
}

/** What of a bucket is in the scope. */
interface Areas {
  isBucket: boolean;
  isBelow: boolean;
  readonly prefixes: Set<string>;
  readonly objects: Set<string>;
}

const bucketPattern =
  /^(?:\/\/storage\.googleapis\.com\/)?projects\/_\/buckets\/([a-z0-9][a-z0-9._-]+)(?:\/(\*)|\/objects\/([\w./=@+-]*)(\*)?)?$/;

function areasOf(patterns: readonly string[]): ReadonlyMap<string, Areas> | undefined {
  const buckets = new Map<string, Areas>();
  for (const pattern of patterns) {
    const [, bucket, below, object, star] = bucketPattern.exec(pattern) ?? [];
    if (bucket === undefined) return undefined;
    const areas = buckets.get(bucket) ?? {
      isBucket: false,
      isBelow: false,
      prefixes: new Set(),
      objects: new Set(),
    };
    if (below !== undefined) areas.isBelow = true;
    else if (object === undefined) areas.isBucket = true;
    else if (star !== undefined) areas.prefixes.add(object);
    else areas.objects.add(object);
    buckets.set(bucket, areas);
  }
  return buckets;
}

interface Sides {
  readonly isPermitted: (permission: string) => boolean;
  readonly isDenied: (permission: string) => boolean;
}

function compileSides(allow: readonly string[], deny: readonly string[]): Sides {
  const [allowed, denied] = [allow, deny].map((patterns) =>
    patterns.map((pattern) => compileActionPattern(pattern, { isCaseSensitive: false })),
  );
  const isDenied = (permission: string) =>
    denied?.some((matches) => matches(`storage.${permission}`)) === true;
  return {
    isDenied,
    isPermitted: (permission) =>
      !isDenied(permission) && allowed?.some((matches) => matches(`storage.${permission}`)) === true,
  };
}

function ruleOf(bucket: string, areas: Areas, policy: Sides): BoundaryRule | undefined {
  const needed = neededIn(areas).filter(policy.isPermitted);
  if (needed.length === 0) return undefined;
  const isWhole = areas.isBelow || areas.prefixes.has('');
  if (!isWhole && (areas.isBucket || !canSayPart(needed))) return undefined;
  const isUsable = (permission: string) => {
    const other = counterpartOf(permission);
    const isBeside = other !== undefined && policy.isPermitted(other) && !policy.isDenied(permission);
    return policy.isPermitted(permission) || isBeside;
  };
  const usable = Object.entries(roles).filter(([, held]) => held.every(isUsable));
  const held = new Set(usable.flatMap(([, permissionsHeld]) => permissionsHeld));
  if (!needed.every((permission) => held.has(permission))) return undefined;
  const expression = conditionOf(bucket, areas, needed.includes('objects.list'));
  if (expression !== undefined && expression.length > 2_048) return undefined;
  return {
    availableResource: `//storage.googleapis.com/projects/_/buckets/${bucket}`,
    availablePermissions: leastOf(usable).map((role) => `inRole:roles/${role}`),
    ...(expression !== undefined && { availabilityCondition: { expression } }),
  };
}

/** Permissions that some request in the scope may need. */
function neededIn({ isBucket, isBelow, prefixes }: Areas): readonly string[] {
  const hasListing = isBucket || isBelow || prefixes.size > 0;
  return [
    ...permissions.object,
    ...(hasListing ? permissions.listing : []),
    ...(isBucket ? permissions.bucket : ['buckets.get']),
    ...(isBelow
      ? [...permissions.child, ...permissions.bucket.filter((name) => name.endsWith('.list'))]
      : []),
  ];
}

/** A condition tells the prefix of a listing of objects, and nothing of other questions to the bucket. */
function canSayPart(needed: readonly string[]): boolean {
  return !needed.includes('buckets.get') && !needed.includes('multipartUploads.list');
}

/** CEL (IAM documentation, "Credential Access Boundaries"); undefined for a whole bucket. */
function conditionOf(bucket: string, areas: Areas, hasListing: boolean): string | undefined {
  const { isBucket, isBelow, prefixes, objects } = areas;
  if (isBelow && isBucket) return undefined;
  const root = `projects/_/buckets/${bucket}`;
  if (isBelow) return `resource.name.startsWith('${root}/') || resource.name == '${root}'`;
  if (prefixes.has('')) return `resource.name.startsWith('${root}/objects/') || resource.name == '${root}'`;
  const parts = [...prefixes].flatMap((prefix) => [
    `resource.name.startsWith('${root}/objects/${prefix}')`,
    ...(hasListing
      ? [`api.getAttribute('storage.googleapis.com/objectListPrefix', '').startsWith('${prefix}')`]
      : []),
  ]);
  return [...parts, ...[...objects].map((name) => `resource.name == '${root}/objects/${name}'`)].join(' || ');
}

/** Roles that hold something that no other one does. */
function leastOf(usable: readonly (readonly [string, readonly string[]])[]): readonly string[] {
  return usable
    .filter(
      ([role, held]) =>
        !usable.some(
          ([other, more]) =>
            other !== role && more.length > held.length && held.every((one) => more.includes(one)),
        ),
    )
    .map(([role]) => role);
}
