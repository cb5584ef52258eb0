import type { GcpAction } from '../gcp-action.ts';
import {
  bucketResource,
  checkBucket,
  checkObject,
  checkPlainName,
  checkProject,
  objectResource,
  projectResource,
  readingsOf,
} from './names.ts';
import type { JsonQuery } from './query.ts';
import { unreadable } from './refuse.ts';

/** Everything that each letter of a template may stand for, decoded. */
export type Names = Readonly<Record<string, readonly string[]>>;

/** Where an action is. */
export type Place = Pick<GcpAction, 'resource' | 'reach' | 'project'>;

/** The names in a path, from its raw segments, and the project of the query where the path names nothing. Throws `malformed_request` for what is no name. */
export function readNames(raw: Readonly<Record<string, string>>, query: JsonQuery): Names {
  const names: Record<string, readonly string[]> = {};
  for (const [letter, segment] of Object.entries(raw)) {
    names[letter] = readingsOf(segment).map((name) => {
      if (letter === 'b' || letter === 'B') return checkBucket(name);
      if (letter === 'p') return checkProject(name);
      return letter === 'o' || letter === 'O' ? checkObject(name) : checkObject(name, 'resource');
    });
  }
  const project = Object.keys(raw).length === 0 ? query.get('project') : undefined;
  return project === undefined ? names : { p: [checkProject(project)] };
}

/** The resources of a target: what the table of operations calls `b`, `new`, `o`, `O`, `p`, `project`, `any` or `b/folders`. */
export function placesOf(target: string, names: Names): readonly Place[] {
  if (target === 'any') return [{ reach: 'any' }];
  const [bucket = ''] = names['b'] ?? names['B'] ?? [];
  const [to = bucket] = names['B'] ?? [];
  if (target === 'o') return (names['o'] ?? []).map((name) => ({ resource: objectResource(bucket, name) }));
  if (target === 'O') return (names['O'] ?? []).map((name) => ({ resource: objectResource(to, name) }));
  if (target === 'b') return [{ resource: bucketResource(bucket) }];
  const [parent, child = ''] = target.split('/');
  if (parent === 'b') return childrenOf(`${bucketResource(bucket)}/`, child, names);
  const [project] = names['p'] ?? [];
  if (project === undefined) throw unreadable('the query has no project; name one');
  if (target === 'new') return [{ resource: bucketResource(bucket), project }];
  if (target === 'project') return [{ resource: projectResource(project) }];
  const resource = `//storage.googleapis.com/projects/${project}`;
  return child === '' ? [{ resource }] : childrenOf(`${resource}/`, child, names);
}

/** Folders have slashes in their names; other children have none. */
function childrenOf(parent: string, child: string, names: Names): readonly Place[] {
  const kind = child.replace('>', '');
  const isFolder = /folders$/i.test(kind);
  return (names[child === kind ? 'n' : 'N'] ?? []).map((name) => ({
    resource: `${parent}${kind}/${isFolder ? name : checkPlainName(name)}`,
  }));
}
