/** What one method of the JSON API needs. */
export interface Operation {
  /** Permissions without `storage.`, with what they are on: `objects.get o`. */
  readonly needs: readonly (readonly [permission: string, target: string])[];
  /** Whose access control lists and metadata the request may read or write, with where they are. */
  readonly metadata?: readonly [kind: 'buckets' | 'objects', target: string];
  /** What else names something. */
  readonly asks?:
    | 'existence'
    | 'prefix'
    | 'children'
    | 'name'
    | 'compose'
    | 'insert'
    | 'bulk-restore'
    | 'topic';
  /** The content is metadata, or options that name permissions. */
  readonly hasContent?: boolean;
}

/** A path of the JSON API that fits a request: the operation, and the raw segments by the letters of its template. */
export interface Found {
  readonly operation: Operation;
  readonly names: Readonly<Record<string, string>>;
}

/**
 * `METHOD path: permission target, …; metadata; asks` (Cloud Storage documentation, "IAM permissions for JSON methods").
 * Letters: b bucket, o object, B and O those that are written to, n and N another name, p project. Targets: `new` is a
 * bucket that is made, `b/x` the child `x/n` of the bucket, `b/x>` its child `x/N`.
 */
const table = `
GET b: buckets.list p; buckets p; prefix
POST b: buckets.create new; buckets new; name content
GET b/{b}: buckets.get b; buckets b; existence
PATCH b/{b}: buckets.update b; buckets b; content
PUT b/{b}: buckets.update b; buckets b; content
DELETE b/{b}: buckets.delete b
POST b/{b}/restore: buckets.restore b; buckets b
POST b/{b}/relocate: buckets.relocate b
POST b/{b}/lockRetentionPolicy: buckets.update b
GET b/{b}/storageLayout: objects.list b; ; existence
GET b/{b}/iam: buckets.getIamPolicy b
PUT b/{b}/iam: buckets.setIamPolicy b
GET b/{b}/iam/testPermissions: buckets.testIamPermissions b
GET b/{b}/acl: buckets.getIamPolicy b
POST b/{b}/acl: buckets.setIamPolicy b
GET b/{b}/acl/{n}: buckets.getIamPolicy b
PUT b/{b}/acl/{n}: buckets.setIamPolicy b
PATCH b/{b}/acl/{n}: buckets.setIamPolicy b
DELETE b/{b}/acl/{n}: buckets.setIamPolicy b
GET b/{b}/defaultObjectAcl: buckets.getIamPolicy b
POST b/{b}/defaultObjectAcl: buckets.setIamPolicy b
GET b/{b}/defaultObjectAcl/{n}: buckets.getIamPolicy b
PUT b/{b}/defaultObjectAcl/{n}: buckets.setIamPolicy b
PATCH b/{b}/defaultObjectAcl/{n}: buckets.setIamPolicy b
DELETE b/{b}/defaultObjectAcl/{n}: buckets.setIamPolicy b
GET b/{b}/notificationConfigs: buckets.get b
POST b/{b}/notificationConfigs: buckets.update b; ; topic content
GET b/{b}/notificationConfigs/{n}: buckets.get b
DELETE b/{b}/notificationConfigs/{n}: buckets.update b
GET b/{b}/folders: folders.list b; ; prefix
POST b/{b}/folders: folders.create b/folders; ; name content
GET b/{b}/folders/{n}: folders.get b/folders
DELETE b/{b}/folders/{n}: folders.delete b/folders
POST b/{b}/folders/{n}/renameTo/folders/{N}: folders.rename b/folders, folders.create b/folders>
GET b/{b}/managedFolders: managedFolders.list b; ; prefix
POST b/{b}/managedFolders: managedFolders.create b/managedFolders; ; name content
GET b/{b}/managedFolders/{n}: managedFolders.get b/managedFolders
DELETE b/{b}/managedFolders/{n}: managedFolders.delete b/managedFolders
GET b/{b}/managedFolders/{n}/iam: managedFolders.getIamPolicy b/managedFolders
PUT b/{b}/managedFolders/{n}/iam: managedFolders.setIamPolicy b/managedFolders
GET b/{b}/managedFolders/{n}/iam/testPermissions: managedFolders.testIamPermissions b/managedFolders
GET b/{b}/anywhereCaches: anywhereCaches.list b; ; children
POST b/{b}/anywhereCaches: anywhereCaches.create b
GET b/{b}/anywhereCaches/{n}: anywhereCaches.get b/anywhereCaches
PATCH b/{b}/anywhereCaches/{n}: anywhereCaches.update b/anywhereCaches
POST b/{b}/anywhereCaches/{n}/disable: anywhereCaches.disable b/anywhereCaches
POST b/{b}/anywhereCaches/{n}/pause: anywhereCaches.pause b/anywhereCaches
POST b/{b}/anywhereCaches/{n}/resume: anywhereCaches.resume b/anywhereCaches
GET b/{b}/operations: bucketOperations.list b; ; children
GET b/{b}/operations/{n}: bucketOperations.get b/operations
POST b/{b}/operations/{n}/cancel: bucketOperations.cancel b/operations
POST b/{b}/operations/{n}/advanceRelocateBucket: bucketOperations.advanceRelocateBucket b/operations
GET b/{b}/o: objects.list b; objects b; prefix
POST b/{b}/o: objects.create o; objects o; insert content
POST b/{b}/o/watch: buckets.update b, objects.list b; objects b; prefix
POST b/{b}/o/bulkRestore: objects.restore b, objects.create b; objects b; bulk-restore content
GET b/{b}/o/{o}: objects.get o; objects o
PATCH b/{b}/o/{o}: objects.update o; objects o; content
PUT b/{b}/o/{o}: objects.update o; objects o; content
DELETE b/{b}/o/{o}: objects.delete o
POST b/{b}/o/{o}/restore: objects.restore o, objects.create o; objects o
POST b/{B}/o/{O}/compose: objects.create O; objects O; compose content
POST b/{b}/o/{o}/copyTo/b/{B}/o/{O}: objects.get o, objects.create O; objects O; content
POST b/{b}/o/{o}/rewriteTo/b/{B}/o/{O}: objects.get o, objects.create O; objects O; content
POST b/{b}/o/{o}/moveTo/o/{O}: objects.move o, objects.create O; objects O
GET b/{b}/o/{o}/iam: objects.getIamPolicy o
PUT b/{b}/o/{o}/iam: objects.setIamPolicy o
GET b/{b}/o/{o}/iam/testPermissions: objects.testIamPermissions o
GET b/{b}/o/{o}/acl: objects.getIamPolicy o
POST b/{b}/o/{o}/acl: objects.setIamPolicy o
GET b/{b}/o/{o}/acl/{n}: objects.getIamPolicy o
PUT b/{b}/o/{o}/acl/{n}: objects.setIamPolicy o
PATCH b/{b}/o/{o}/acl/{n}: objects.setIamPolicy o
DELETE b/{b}/o/{o}/acl/{n}: objects.setIamPolicy o
POST channels/stop: channels.stop any
GET projects/{p}/serviceAccount: resourcemanager.projects.get project
GET projects/{p}/hmacKeys: hmacKeys.list p; ; children
POST projects/{p}/hmacKeys: hmacKeys.create p
GET projects/{p}/hmacKeys/{n}: hmacKeys.get p/hmacKeys
PUT projects/{p}/hmacKeys/{n}: hmacKeys.update p/hmacKeys
DELETE projects/{p}/hmacKeys/{n}: hmacKeys.delete p/hmacKeys
`;

interface Row {
  readonly parts: readonly string[];
  readonly operation: Operation;
}

let rows: ReadonlyMap<string, readonly Row[]> | undefined;

/** The operation of a method on a path behind `/storage/v1/`, by its raw segments; undefined for what the JSON API does not have. */
export function findOperation(method: string, segments: readonly string[]): Found | undefined {
  rows ??= readTable();
  for (const { parts, operation } of rows.get(`${method} ${segments.length}`) ?? []) {
    if (!parts.every((part, i) => part.startsWith('{') || part === segments[i])) continue;
    const names = parts.flatMap((part, i) =>
      part.startsWith('{') ? [[part.charAt(1), segments[i] ?? '']] : [],
    );
    return { operation, names: Object.fromEntries(names) };
  }
  return undefined;
}

/** Every method and path of the table. */
export function listOperations(): readonly string[] {
  return table
    .trim()
    .split('\n')
    .map((line) => line.split(':', 1)[0] ?? '');
}

function readTable(): ReadonlyMap<string, readonly Row[]> {
  const found = new Map<string, Row[]>();
  for (const line of table.trim().split('\n')) {
    const [route = '', spec = ''] = line.split(': ');
    const [method = '', path = ''] = route.split(' ');
    const parts = path.split('/');
    const key = `${method} ${parts.length}`;
    found.set(key, [...(found.get(key) ?? []), { parts, operation: readOperation(spec) }]);
  }
  return found;
}

function readOperation(spec: string): Operation {
  const [needs = '', metadata = '', ...rest] = spec.split(';').map((part) => part.trim());
  const words = rest.join(' ').split(' ');
  const [kind, target] = pairOf(metadata);
  const asks = words.find(
    (word): word is NonNullable<Operation['asks']> => word !== '' && word !== 'content',
  );
  return {
    needs: needs.split(', ').map(pairOf),
    ...((kind === 'buckets' || kind === 'objects') && { metadata: [kind, target] as const }),
    ...(asks !== undefined && { asks }),
    hasContent: words.includes('content'),
  };
}

function pairOf(text: string): readonly [string, string] {
  const [first = '', second = ''] = text.split(' ');
  return [first, second];
}
