import type { IamReference } from './iam.ts';
import type { Merged, MergedOperation } from './merge.ts';
import { overrides, prefixes, verbServices } from './overrides.ts';
import type { IamAction, SourceService } from './source.ts';

/** The IAM prefix of a service. */
export function prefixOf({ id, signingName }: Pick<SourceService, 'id' | 'signingName'>): string {
  return prefixes[id] ?? signingName;
}

/** The actions of an operation: as overridden, else IAM's own of that name, else the name itself, without resources. */
export function actionsOf(
  service: Merged,
  operation: MergedOperation,
  iam: IamReference,
): readonly IamAction[] {
  const prefix = prefixOf(service);
  const override = overrides[service.id]?.[operation.name];
  if (override !== undefined) {
    return override
      .split(' ')
      .map((name) => (name === operation.name ? own(operation, prefix, iam) : named(name, prefix, iam)));
  }
  const verb = operation.routes[0]?.method;
  const isVerb = verbServices.has(service.id) && iam.action(prefix, operation.name) === undefined;
  return [isVerb && verb !== undefined ? named(verb, prefix, iam) : own(operation, prefix, iam)];
}

function own({ name }: MergedOperation, prefix: string, iam: IamReference): IamAction {
  return iam.action(prefix, name) ?? { name: `${prefix}:${name}`, access: '', resources: [] };
}

function named(name: string, prefix: string, iam: IamReference): IamAction {
  const [of = '', action = ''] = name.includes(':') ? name.split(':') : [prefix, name];
  const found = iam.action(of, action);
  if (found === undefined) throw new Error(`an override names ${of}:${action}, which IAM does not have`);
  return found;
}
