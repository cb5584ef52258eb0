import type { ResourceMember, ResourceRule } from '../../../../packages/provider-aws/src/model.ts';
import { type Leaf, leavesOf } from './leaves.ts';
import { commonWays, keyOf } from './resource-heuristics.ts';
import { actionWays, ownTypes, reachers, tabled, touchesNothing, typeWays } from './resource-names.ts';
import type { IamAction, IamResource, SourceOperation, SourceService } from './source.ts';

/**
 * Where an operation names its resources: the kinds that IAM's reference lists for its actions, each with every member that
 * names one of the kind. A kind that must be named, or that no member surely names, gets a rule that makes it `any`.
 */
export function resourceRules(
  service: Pick<SourceService, 'prefix' | 'protocols'>,
  operation: SourceOperation,
  actions: readonly IamAction[],
): ResourceRule[] {
  const leaves = leavesOf(operation.input, service.protocols);
  if (touchesNothing.has(`${service.prefix}:${operation.name}`)) return [{ arn: '-', members: [] }];
  const names = [`${service.prefix}:${operation.name}`, ...actions.map(({ name }) => name)];
  const types = typesOf(names, actions);
  const named = types.map((type) => nameOf(names, type, types, operation, leaves));
  const must = named.filter(({ type, isKnown }) => type.isRequired || (!isKnown && isConstant(type)));
  return distinct([
    ...named.flatMap(({ rules }) => rules),
    ...groupsOf(must, named).map((arn) => ({ arn, members: [] })),
    ...(named.length === 0 ? [] : doubtsOf(names, service.prefix, leaves, named)),
  ]);
}

interface Named {
  readonly type: IamResource;
  readonly rules: readonly ResourceRule[];
  /** Whether a table says so. */
  readonly isKnown: boolean;
}

/** The kinds of all actions, each once. */
function typesOf(names: readonly string[], actions: readonly IamAction[]): IamResource[] {
  const types = new Map<string, IamResource>();
  const own = names.flatMap((name) => ownTypes[name] ?? []);
  for (const type of own.length > 0 ? own : actions.flatMap(({ resources }) => resources)) {
    const isRequired = type.isRequired || types.get(type.arn)?.isRequired === true;
    types.set(type.arn, { ...type, isRequired });
  }
  return [...types.values()];
}

function nameOf(
  names: readonly string[],
  type: IamResource,
  types: readonly IamResource[],
  operation: SourceOperation,
  leaves: readonly Leaf[],
): Named {
  const key = keyOf(type.arn);
  const own = names.map((name) => actionWays[name]).find((found) => found !== undefined);
  const ways = own?.[key] ?? typeWays[key];
  if (ways !== undefined) {
    return { type, rules: ways.flatMap((way) => readWay(way, type.arn, leaves)), isKnown: true };
  }
  const members = commonWays(type, types, operation, leaves);
  return { type, rules: members.map((found) => ({ arn: type.arn, members: found })), isKnown: false };
}

/** `TableName`, `Name:RuleName+EventBusName?`, `~GroupId:SecurityGroupId`: `~` anywhere, `?` can be left out, `:` another name. */
function readWay(way: string, arn: string, leaves: readonly Leaf[]): ResourceRule[] {
  const parts = way.split('+').map((part) => {
    const {
      any,
      name = '',
      variable,
      optional,
    } = /^(?<any>~?)(?<name>[\w.{}]+)(?::(?<variable>\w+))?(?<optional>\??)$/.exec(part)?.groups ?? {};
    const found = leaves.filter((leaf) => (any === '~' ? leaf.name === name : leaf.path === name));
    const own = name.split('.').at(-1) ?? name;
    return { found, variable: variable ?? own, isOptional: optional === '?' };
  });
  const [first] = parts;
  if (first === undefined || parts.some(({ found, isOptional }) => found.length === 0 && !isOptional))
    return [];
  const others = parts
    .slice(1)
    .flatMap(({ found, variable }) => found.slice(0, 1).map((leaf) => ({ leaf, variable })));
  if (first.found.length === 0) return [];
  return first.found.map((leaf) => ({
    arn,
    members: [{ leaf, variable: first.variable }, ...others].map(memberOf),
  }));
}

function memberOf({ leaf, variable }: { leaf: Leaf; variable: string }): ResourceMember {
  return {
    variable,
    place: leaf.place,
    name: leaf.wire,
    ...(leaf.form !== leaf.wire && { form: leaf.form }),
  };
}

function isConstant({ arn }: IamResource): boolean {
  return !/\$\{(?!(?:Partition|Region|Account)\})/.test(arn);
}

/** Kinds of which one must be named: alone, or together when one member can name several kinds. */
function groupsOf(must: readonly Named[], named: readonly Named[]): string[] {
  return must.map(({ type, rules }) => {
    const whole = wholes(rules);
    const others = named.filter(
      (other) => other.type.arn !== type.arn && wholes(other.rules).some((member) => whole.includes(member)),
    );
    return [type.arn, ...others.map((other) => other.type.arn)].sort().join(' ');
  });
}

/** The members that name a resource alone. */
function wholes(rules: readonly ResourceRule[]): string[] {
  return rules.flatMap(({ members }) => {
    const [member, ...others] = members;
    return member === undefined || others.length > 0 ? [] : [`${member.place} ${member.name}`];
  });
}

/** Rules that make it `any`: what could be named in a way that is not known, or of another account. */
function doubtsOf(
  names: readonly string[],
  prefix: string,
  leaves: readonly Leaf[],
  named: readonly Named[],
): ResourceRule[] {
  const listed = [`${prefix}:*`, ...names].flatMap((name) => reachers[name] ?? []);
  const accounts = leaves.filter(({ name }) => isOfAnotherAccount(prefix, name, named));
  const doubts = listed.flatMap((one) => {
    const [path = '', variable = 'Given'] = one.split(':');
    return leaves.filter((leaf) => leaf.path === path).map((leaf) => ({ leaf, variable }));
  });
  const isUnclear = named.some(({ type, rules, isKnown }) => {
    return rules.length === 0 && !type.isRequired && !isKnown && !isConstant(type);
  });
  const given = [...accounts.map((leaf) => ({ leaf, variable: 'Given' })), ...doubts];
  return [
    ...given.map((member) => ({ arn: '*', members: [memberOf(member)] })),
    ...(isUnclear ? [{ arn: '*', members: [] }] : []),
  ];
}

/** A member that can say that the names are another account's, in services without a table of their own. */
function isOfAnotherAccount(prefix: string, name: string, named: readonly Named[]): boolean {
  if (!/^(?:catalogid|registryid|.*accountids?|.*ownerid|.*owneraccount|.*owner)$/i.test(name)) return false;
  if (tabled.has(prefix)) return false;
  return named.every(({ rules }) =>
    rules.every((rule) => rule.members.every((member) => member.name !== name)),
  );
}

function distinct(rules: readonly ResourceRule[]): ResourceRule[] {
  return [...new Map(rules.map((rule) => [JSON.stringify(rule), rule])).values()];
}
