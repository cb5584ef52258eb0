import type { Action, Actions } from '@pai/core';
import { isRepositoryData } from './resources.ts';
import type { Standing } from './standing.ts';

/** What a walk finds, gathered into actions. */
export interface Findings {
  /** An action of this name was found there; `part` is the reference that it writes, where its name does not tell that it does. */
  readonly add: (name: string, at: Standing, part?: string) => void;
  /** Something of this resource is read there. */
  readonly read: (resource: string, at: Standing) => void;
  /** Something of this resource is passed there; that counts when nothing else is found there. */
  readonly pass: (resource: string, at: Standing) => void;
  /** Something of this resource says which object it leads to; that counts beside a repository's metadata. */
  readonly link: (resource: string, at: Standing) => void;
  /** All actions, each once; undefined when nothing was found. */
  readonly actions: () => Actions | undefined;
}

/** Collects findings by where they stand. A repository's own metadata needs no name beside other data of the same. */
export function createFindings(): Findings {
  const found = new Map<string, Set<string>>();
  const passed = new Map<string, Set<string>>();
  const linked = new Map<string, Set<string>>();
  const parts = new Map<string, string>();
  return {
    add: (name, at, part) => {
      put(found, name, at);
      if (part !== undefined) parts.set(name, part);
    },
    read: (resource, at) => put(found, `${resource}:read`, at),
    pass: (resource, at) => put(passed, `${resource}:read`, at),
    link: (resource, at) => put(linked, `${resource}:read`, at),
    actions: () => {
      const actions: Action[] = [...new Set([...found.keys(), ...passed.keys()])].flatMap((target) =>
        withoutMetadata(namesAt(found.get(target), passed.get(target), linked.get(target))).map((name) =>
          actionOf(name, target, parts.get(name)),
        ),
      );
      const [first, ...others] = actions;
      return first === undefined ? undefined : [first, ...others];
    },
  };
}

function put(map: Map<string, Set<string>>, name: string, at: Standing): void {
  const target = targetOf(at);
  const names = map.get(target);
  if (names === undefined) map.set(target, new Set([name]));
  else names.add(name);
}

/** A repository, `any`, or `out`. */
function targetOf(at: Standing): string {
  if (at.startsWith('in ')) return at.slice(3);
  if (at.startsWith('near ')) return at.slice(5);
  return at.startsWith('of ') ? 'out' : at;
}

function actionOf(name: string, target: string, part: string | undefined): Action {
  const written = part === undefined ? {} : { part };
  if (target === 'out') return { name, ...written };
  return target === 'any' ? { name, reach: 'any', ...written } : { name, resource: target, ...written };
}

/** Without a name of their own, objects are what is read only where nothing else is. */
function namesAt(
  found: ReadonlySet<string> | undefined,
  passed: ReadonlySet<string> = new Set(),
  linked: ReadonlySet<string> = new Set(),
): readonly string[] {
  if (found === undefined) return [...passed];
  return [...found].every((name) => name === 'repos:read') ? [...new Set([...found, ...linked])] : [...found];
}

function withoutMetadata(names: readonly string[]): readonly string[] {
  const isBeside = names.some(
    (name) => name.endsWith(':read') && isRepositoryData(name.slice(0, -':read'.length)),
  );
  return isBeside ? names.filter((name) => name !== 'repos:read') : names;
}
