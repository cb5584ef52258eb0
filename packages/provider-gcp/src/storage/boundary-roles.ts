/** Permissions of Cloud Storage that boundaries may name, without `storage.`, by where IAM asks for them. */
export const permissions = {
  object: list(
    'objects: create delete get getIamPolicy move overrideUnlockedRetention restore setIamPolicy setRetention update',
    'objects: createContext deleteContext updateContext',
    'multipartUploads: abort create listParts',
  ),
  listing: list('objects: list', 'multipartUploads: list'),
  bucket: list(
    'buckets: create delete enableObjectRetention get getIamPolicy relocate restore setIamPolicy setIpFilter update',
    'anywhereCaches: create list',
    'bucketOperations: list',
    'folders: list',
    'managedFolders: list',
  ),
  child: list(
    'anywhereCaches: disable get pause resume update',
    'bucketOperations: advanceRelocateBucket cancel get',
    'folders: create delete get rename',
    'managedFolders: create delete get getIamPolicy setIamPolicy',
  ),
} as const;

const browsing = list('folders: get list', 'managedFolders: get list');

const using = [
  ...browsing,
  ...list(
    'objects: create createContext delete deleteContext get list move restore update updateContext',
    'folders: create delete rename',
    'managedFolders: create delete',
    'multipartUploads: abort create list listParts',
  ),
];

/** Predefined roles without `roles/`, and what of Cloud Storage they hold (Cloud Storage documentation, "IAM roles"). */
export const roles: Readonly<Record<string, readonly string[]>> = {
  'storage.legacyObjectReader': ['objects.get'],
  'storage.legacyBucketReader': [...browsing, 'buckets.get', 'objects.list', 'multipartUploads.list'],
  'storage.objectViewer': [...browsing, 'objects.get', 'objects.list'],
  'storage.objectCreator': list(
    'objects: create createContext',
    'folders: create',
    'managedFolders: create',
    'multipartUploads: abort create listParts',
  ),
  'storage.objectUser': using,
  'storage.objectAdmin': [
    ...using,
    ...list(
      'objects: getIamPolicy overrideUnlockedRetention setIamPolicy setRetention',
      'managedFolders: getIamPolicy setIamPolicy',
    ),
  ],
};

/** The permission on objects that says as much: parts of uploads, folders and contexts are nothing beside objects. */
const counterparts: ReadonlyMap<string, string> = new Map([
  ...list('multipartUploads: abort create listParts').map((name) => [name, 'objects.create'] as const),
  ['multipartUploads.list', 'objects.list'],
  ...browsing.map((name) => [name, 'objects.list'] as const),
  ['folders.create', 'objects.create'],
  ['folders.delete', 'objects.delete'],
  ['folders.rename', 'objects.move'],
  ['managedFolders.create', 'objects.create'],
  ['managedFolders.delete', 'objects.delete'],
  ['managedFolders.getIamPolicy', 'objects.getIamPolicy'],
  ['managedFolders.setIamPolicy', 'objects.setIamPolicy'],
  ['objects.createContext', 'objects.create'],
  ['objects.updateContext', 'objects.update'],
  ['objects.deleteContext', 'objects.update'],
]);

/**
 * The permission on objects that gives as much as this one, which predefined roles hold beside it: whoever may list objects
 * may see folders. Undefined for permissions that stand for themselves.
 */
export function counterpartOf(permission: string): string | undefined {
  return counterparts.get(permission);
}

function list(...lines: readonly string[]): readonly string[] {
  return lines.flatMap((line) => {
    const [kind = '', verbs = ''] = line.split(': ');
    return verbs.split(' ').map((verb) => `${kind}.${verb}`);
  });
}
