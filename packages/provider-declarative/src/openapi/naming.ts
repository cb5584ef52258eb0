import type { Operation } from './operations.ts';

/** How the actions of operations are named. */
export type Naming = 'operation-id' | 'path';

/** Whether every operation has an id of its own that can be the name of an action. */
export function haveIds(operations: readonly Operation[]): boolean {
  const ids = operations.flatMap(({ id }) => (id === undefined ? [] : actionOfId(id)));
  return new Set(ids.map((id) => id.toLowerCase())).size === operations.length;
}

/** The name of an operation's action. */
export function actionOf(operation: Operation, naming: Naming): string {
  const { id } = operation;
  return naming === 'operation-id' && id !== undefined ? actionOfId(id) : actionOfPath(operation);
}

function actionOfId(id: string): string {
  return id.replaceAll(/[^A-Za-z0-9._:/-]+/g, '-').replace(/^[^A-Za-z0-9]+/, '') || 'operation';
}

/** `things:list`, `things.parts:read`: the words of the path, and what the method does to them. */
function actionOfPath({ method, path }: Operation): string {
  const segments = path.split('/').filter((segment) => segment !== '');
  const words = segments
    .filter((segment) => !segment.startsWith('{'))
    .map((word) => word.replaceAll(/[^A-Za-z0-9_-]+/g, '-').replaceAll(/^-+|-+$/g, ''));
  const last = segments.at(-1) ?? '';
  const [, verb] = /^\{[^{}]*\}:(\w+)$/.exec(last) ?? [];
  const noun = words.filter((word) => word !== '').join('.') || 'root';
  return `${noun}:${verb ?? verbOf(method, last.startsWith('{'))}`;
}

function verbOf(method: Operation['method'], isItem: boolean): string {
  const verbs = {
    POST: isItem ? 'act' : 'create',
    PUT: 'replace',
    PATCH: 'update',
    DELETE: 'delete',
  } as const;
  if (method === 'GET' || method === 'HEAD') return isItem ? 'read' : 'list';
  return verbs[method];
}

/** What an operation is done to: its path as far as its last name, or undefined when it has none. */
export function resourceOf({ path }: Operation): string | undefined {
  const end = path.lastIndexOf('}');
  if (end === -1) return undefined;
  return path
    .slice(1, end + 1)
    .replaceAll(/(?:\+|:int)\}/g, '}')
    .replaceAll(/\}[^/]*(?=\/)/g, '}');
}
