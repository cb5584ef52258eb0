import type { IamData } from './names.ts';

/** The account that every sampled ARN belongs to. */
export const account = '111122223333';

/** One kind of resource that an action takes, as IAM's data writes it. */
export interface ResourceType {
  readonly prefix: string;
  readonly name: string;
  /** `arn:${Partition}:sqs:${Region}:${Account}:${QueueName}`. */
  readonly template: string;
  readonly isRequired: boolean;
}

/** The kinds of resource of an action, `prefix:Name`; empty when it takes none. */
export function resourceTypes(iam: IamData, action: string): ResourceType[] {
  const [prefix = '', name = ''] = action.split(':');
  return (iam.action(prefix, name)?.resourceTypes ?? []).flatMap((type) => {
    const template = iam.arn(prefix, type.name);
    return template === undefined ? [] : [{ prefix, name: type.name, template, isRequired: type.required }];
  });
}

/** The variables of a template beside partition, region and account, in lower case. */
export function variablesOf(template: string): string[] {
  const found = [...template.matchAll(/\$\{(\w+)\}/g)].map(([, name = '']) => name.toLowerCase());
  return found.filter((name) => !['partition', 'region', 'account'].includes(name));
}

/** The ARN of a template, each variable by `textFor`. */
export function arnOf(template: string, region: string, textFor: (variable: string) => string): string {
  return template.replace(/\$\{(\w+)\}/g, (_, name: string) => {
    if (name === 'Partition') return 'aws';
    if (name === 'Region') return region;
    return name === 'Account' ? account : textFor(name.toLowerCase());
  });
}

/** Whether a member of this name holds an ARN, or a list of them. */
export function isArnMember(member: string): boolean {
  return /arns?$/i.test(member);
}

/** The kind of resource whose ARN the member is named for: `topicArn` and `ResourceArn` of an action on topics. */
export function namedType(member: string, types: readonly ResourceType[]): ResourceType | undefined {
  const stem = member.toLowerCase().replace(/arns?$/, '');
  const required = types.filter(({ isRequired }) => isRequired);
  if (stem === 'resource' || stem === '') return required[0] ?? types[0];
  const plain = (name: string) => name.toLowerCase().replace(/[^a-z0-9]/g, '');
  return (
    types.find(({ name }) => plain(name) === stem) ?? types.find(({ name }) => stem.endsWith(plain(name)))
  );
}
