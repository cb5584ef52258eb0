import type { ResourceMember } from '../../../../packages/provider-aws/src/model.ts';
import type { Leaf } from './leaves.ts';
import { otherNames } from './resource-names.ts';
import type { IamResource, SourceOperation } from './source.ts';

/**
 * The members that surely name a kind of resource, for services without a table of their own: those called as a variable
 * of the template (`FunctionName`, `FunctionNames`), or as the kind with `Arn`, `Id` or `Name` behind it. A template with a
 * variable that none of them gives is not named at all.
 */
export function commonWays(
  type: IamResource,
  types: readonly IamResource[],
  operation: SourceOperation,
  leaves: readonly Leaf[],
): ResourceMember[][] {
  const variables = [...type.arn.matchAll(/\$\{(\w+)\}/g)]
    .map(([, name = '']) => name)
    .filter((name) => !['Partition', 'Region', 'Account'].includes(name));
  const last = variables.at(-1);
  const subject: Subject = { type, last: last ?? '', literal: literalOf(type.arn), operation };
  const whole = leaves.filter((leaf) => isArnOf(leaf, subject, types)).map((leaf) => [memberOf(leaf, 'Arn')]);
  if (last === undefined) return whole;
  const parents = variables.slice(0, -1).map((variable) => [variable, named(variable, leaves)] as const);
  if (parents.some(([, leaf]) => leaf === undefined || leaf.isList)) return whole;
  const given = parents.flatMap(([variable, leaf]) => (leaf === undefined ? [] : [memberOf(leaf, variable)]));
  const own = namesOf(leaves, subject, types);
  return [...whole, ...own.map((leaf) => [...given, memberOf(leaf, last)])];
}

/** The part of a template by which the tables know it: `dynamodb table/${TableName}`. */
export function keyOf(arn: string): string {
  const [, , service = '', , , ...resource] = arn.split(':');
  return `${service} ${resource.join(':')}`;
}

interface Subject {
  readonly type: IamResource;
  readonly last: string;
  readonly literal: string;
  readonly operation: SourceOperation;
}

function lastOf(arn: string): string {
  return /\$\{(\w+)\}[^$]*$/.exec(arn)?.[1] ?? '';
}

/** What stands in front of the last variable: `certificate` of `certificate/${CertificateId}`. */
function literalOf(arn: string): string {
  return /([\w-]+)[/:]\$\{\w+\}$/.exec(arn)?.[1] ?? '';
}

function memberOf(leaf: Leaf, variable: string): ResourceMember {
  return {
    variable,
    place: leaf.place,
    name: leaf.wire,
    ...(leaf.form !== leaf.wire && { form: leaf.form }),
  };
}

function named(variable: string, leaves: readonly Leaf[]): Leaf | undefined {
  return leaves.find((leaf) => leaf.depth === 0 && fold(leaf.name) === fold(variable));
}

/**
 * Ids of EC2 say their kind, so that whatever ends like the variable names one. Elsewhere a member that ends so (as a
 * source or a target) counts where one with the very name is there.
 */
function namesOf(leaves: readonly Leaf[], subject: Subject, types: readonly IamResource[]): Leaf[] {
  const exact = leaves.filter((leaf) => isNameOf(leaf, subject));
  const isEc2 = subject.type.arn.split(':')[2] === 'ec2' && fold(subject.last).endsWith('id');
  if ((!isEc2 && exact.length === 0) || generic.has(fold(subject.last))) return exact;
  const others = types.filter(({ arn }) => arn !== subject.type.arn).map(({ arn }) => fold(lastOf(arn)));
  return leaves.filter((leaf) => {
    if (exact.includes(leaf)) return true;
    if (others.includes(singular(leaf))) return false;
    if (isEc2 && /UserIdGroupPairs/.test(leaf.path)) return false;
    return (isEc2 || leaf.depth === 0) && singular(leaf).endsWith(fold(subject.last));
  });
}

function isArnOf(
  leaf: Leaf,
  { type, last, literal, operation }: Subject,
  types: readonly IamResource[],
): boolean {
  const name = singular(leaf);
  if (name === 'resourcearn') return leaf.depth === 0;
  if (name === 'arn') return leaf.depth === 0 && (types.length === 1 || isAbout(operation, type, last));
  return kindsOf(type, last, literal).some((kind) => name === `${kind}arn`);
}

function isNameOf(leaf: Leaf, subject: Subject): boolean {
  const { type, last, literal, operation } = subject;
  const name = singular(leaf);
  if (otherNames[keyOf(type.arn)]?.some((other) => name === fold(other))) return leaf.depth === 0;
  const suffix = /(?:id|name|identifier)$/.exec(fold(last))?.[0] ?? '';
  if (!generic.has(fold(last))) {
    if (name === fold(last)) return true;
    return leaf.depth === 0 && name === suffix && suffix !== 'identifier' && isAbout(operation, type, last);
  }
  if (leaf.depth > 0 || suffix === '') return false;
  if (kindsOf(type, '', literal).some((kind) => name === `${kind}${suffix}`)) return true;
  return name === suffix && isAbout(operation, type, '');
}

/** Variables that say nothing of the kind. */
const generic = new Set([
  'id',
  'name',
  'resourceid',
  'resourcename',
  'identifier',
  'resourceidentifier',
  'uuid',
  'resource',
]);

/** Words for the kind: its own, its variable's without the suffix, the literal in front of the variable. */
function kindsOf(type: IamResource, last: string, literal: string): string[] {
  const base = fold(last).replace(/(?:id|name|identifier|arn)$/, '');
  const kinds = [fold(type.type), base, fold(literal)];
  return [...new Set(kinds)].filter((kind) => kind.length > 1 && kind !== 'resource');
}

/** Whether an operation's name is a verb and the kind: `DeleteTopic`. */
function isAbout({ name }: SourceOperation, type: IamResource, last: string): boolean {
  const noun = fold(name.replace(/^[A-Z][a-z]+/, ''));
  return kindsOf(type, last, literalOf(type.arn)).includes(noun);
}

function fold(text: string): string {
  return text.toLowerCase().replace(/[^a-z0-9]/g, '');
}

function singular({ name, isList }: Leaf): string {
  const folded = fold(name);
  return isList ? folded.replace(/(?<=[^s])s$/, '') : folded;
}
