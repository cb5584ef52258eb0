import { GcsError } from './gcs-store.ts';
import type { BoundaryRule, Grant } from './tokens.ts';

/** What a request wants to do. */
export interface Wish {
  readonly permission: string;
  readonly bucket?: string | undefined;
  readonly object?: string | undefined;
  /** Of a listing. */
  readonly prefix?: string | undefined;
}

const scopeRoot = 'https://www.googleapis.com/auth/';
const reading = /\.(?:get|list|getIamPolicy)$/;
const roles: Record<string, RegExp> = {
  'inRole:roles/storage.objectViewer': /^storage\.objects\.(?:get|list)$/,
  'inRole:roles/storage.objectCreator': /^storage\.(?:objects\.create|multipartUploads\.)/,
  'inRole:roles/storage.objectUser': /^storage\.(?:objects\.(?!.*IamPolicy)|multipartUploads\.)/,
  'inRole:roles/storage.objectAdmin': /^storage\.(?:objects|multipartUploads)\./,
  'inRole:roles/storage.legacyBucketReader':
    /^storage\.(?:buckets\.get|objects\.list|multipartUploads\.list)$/,
  'inRole:roles/storage.legacyBucketWriter':
    /^storage\.(?:buckets\.get$|objects\.(?:create|delete|list)$|multipartUploads\.)/,
  'inRole:roles/storage.legacyObjectReader': /^storage\.objects\.get$/,
  'inRole:roles/storage.admin': /^storage\./,
};

/** Throws 403 unless a token's scopes and its access boundary let it do that. */
export function checkAccess(grant: Grant, wish: Wish): void {
  const scopes = new Set(grant.scopes);
  const has = (...names: string[]) => names.some((name) => scopes.has(`${scopeRoot}${name}`));
  const isRead = reading.test(wish.permission);
  const isCovered = isRead
    ? has(
        'cloud-platform',
        'cloud-platform.read-only',
        'devstorage.full_control',
        'devstorage.read_write',
        'devstorage.read_only',
      )
    : has('cloud-platform', 'devstorage.full_control', 'devstorage.read_write');
  if (!isCovered) {
    throw new GcsError(403, 'insufficientPermissions', 'Request had insufficient authentication scopes.');
  }
  const rules = grant.boundary;
  if (rules === undefined || rules.some((rule) => holds(rule, wish))) return;
  const what = `${wish.permission} access to ${wish.bucket}/${wish.object ?? wish.prefix ?? ''}`;
  throw new GcsError(
    403,
    'forbidden',
    `${grant.email} does not have ${what}: the access boundary ends there.`,
  );
}

function holds(rule: BoundaryRule, wish: Wish): boolean {
  if (rule.availableResource !== `//storage.googleapis.com/projects/_/buckets/${wish.bucket}`) return false;
  if (!rule.availablePermissions.some((role) => roles[role]?.test(wish.permission))) return false;
  const expression = rule.availabilityCondition?.expression;
  return expression === undefined || expression.split('||').some((term) => isTrue(term.trim(), wish));
}

const startsWith = (text: string) => new RegExp(`^\\(?${text}\\.startsWith\\(['"]([^'"]*)['"]\\)\\)?$`);
const onName = startsWith('resource\\.name');
const onListing = startsWith(
  'api\\.getAttribute\\(\\s*[\'"]storage\\.googleapis\\.com/objectListPrefix[\'"],\\s*[\'"][\'"]\\)',
);
const isName = /^\(?resource\.name ?== ?['"]([^'"]*)['"]\)?$/;

function isTrue(term: string, { bucket, object, prefix }: Wish): boolean {
  const name = `projects/_/buckets/${bucket}${object === undefined ? '' : `/objects/${object}`}`;
  const [, named] = onName.exec(term) ?? [];
  if (named !== undefined) return name.startsWith(named);
  const [, exact] = isName.exec(term) ?? [];
  if (exact !== undefined) return name === exact;
  const [, listed] = onListing.exec(term) ?? [];
  return listed !== undefined && prefix?.startsWith(listed) === true;
}
