import type { GcpAction } from '../gcp-action.ts';
import { extrasOf, type Metadata, refuseOther } from './metadata.ts';
import { checkObject, objectResource } from './names.ts';
import type { Names } from './places.ts';
import { unreadable } from './refuse.ts';

/** The actions on the objects that a compose request puts together: each is read, and deleted where the request says so. */
export function componentsOf(metadata: Metadata, names: Names): readonly GcpAction[] {
  const { sourceObjects, deleteSourceObjects, destination } = metadata;
  const [bucket = ''] = names['B'] ?? [];
  if (!Array.isArray(sourceObjects) || sourceObjects.length === 0) {
    throw unreadable('the content has no sourceObjects; name the objects to compose');
  }
  const isDeleting = (deleteSourceObjects ?? false) !== false;
  const sources = sourceObjects.flatMap((source: unknown) => {
    const resource = objectResource(bucket, checkObject(isObject(source) ? source['name'] : undefined));
    const get = { name: 'storage.objects.get', resource };
    return isDeleting ? [get, { name: 'storage.objects.delete', resource }] : [get];
  });
  return [...sources, ...grantsOf(destination, bucket, names)];
}

/** Access and retention that the metadata of the object to make asks for. */
function grantsOf(destination: unknown, bucket: string, names: Names): readonly GcpAction[] {
  if (!isObject(destination)) return [];
  const extras = extrasOf('objects', new Map(), destination);
  if (names['O']?.length === 1) refuseOther(destination, 'name', names['O'][0]);
  refuseOther(destination, 'bucket', bucket);
  return (names['O'] ?? []).flatMap((name) =>
    extras.map((extra) => ({ name: `storage.objects.${extra}`, resource: objectResource(bucket, name) })),
  );
}

function isObject(value: unknown): value is Metadata {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
