import { foldCase } from '@pai/policy';

/** The member of an object that some parser takes for one of the names although it is spelled otherwise, or undefined. */
export type FindNearName = (record: Readonly<Record<string, unknown>>) => NearName | undefined;

/** A spelling, and the name that it could stand for. */
export interface NearName {
  readonly key: string;
  readonly name: string;
}

/**
 * Looks for other spellings of names: in another case (Go's encoding/json), or with `_` and `-` where there are none
 * (its second version; aliases of Python's pydantic).
 */
export function createNearNames(names: readonly string[]): FindNearName {
  const byLoose = new Map(names.map((name) => [loose(name), name]));
  return (record) => {
    for (const key of Object.keys(record)) {
      const name = byLoose.get(loose(key));
      if (name !== undefined && name !== key) return { key, name };
    }
    return undefined;
  };
}

function loose(key: string): string {
  return foldCase(key).replace(/[-_]/g, '');
}
