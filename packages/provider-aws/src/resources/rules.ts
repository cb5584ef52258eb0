import { PaiError, printable } from '@pai/core';
import type { ResourceRule } from '../model.ts';
import type { Content, Input } from '../reading.ts';
import { parseArn } from './arn.ts';
import type { Named, Surroundings } from './kind.ts';
import { keyOf, kindOf } from './kinds.ts';
import { compileMembers, type Given, type MemberReader, type Values } from './members.ts';

/** The rules of one operation, compiled. */
export interface RuleReader {
  readonly needsContent: boolean;
  /** What an input names. Throws `malformed_request` for what the service would refuse. */
  readonly read: (input: Input, content: Content, at: Surroundings) => Pick<Found, 'arns' | 'isAny'>;
}

/** What was found so far. */
interface Found {
  readonly arns: Set<string>;
  /** Templates of the kinds that were named. */
  readonly kinds: Set<string>;
  /** Whole ARNs, with the kinds that they could have been of and are not. */
  readonly others: Map<string, Set<string>>;
  isAny: boolean;
}

/** Compiles the rules of an operation. */
export function compileRules(rules: readonly ResourceRule[]): RuleReader {
  const naming = rules.filter(({ members }) => members.length > 0).map(compileRule);
  const always = rules.filter(({ members }) => members.length === 0);
  const named = new Set(naming.map(({ arn }) => arn));
  if (always.some(({ arn }) => isNeverNamed(arn, named))) return anyReader;
  return {
    needsContent: naming.some(({ needsContent }) => needsContent),
    read: (input, content, at) => {
      const found: Found = { arns: new Set(), kinds: new Set(), others: new Map(), isAny: false };
      for (const rule of naming) {
        if (rule.needsContent && 'unread' in content) found.isAny = true;
        else takeAll(rule, rule.read(input, 'value' in content ? content.value : undefined), at, found);
      }
      for (const [arn, kinds] of found.others) if (!found.arns.has(arn)) takeOther(arn, kinds, found);
      for (const { arn } of always) takeAlways(arn, at, found);
      return found;
    },
  };
}

/** What touches nothing that is named, whatever the request: nothing of it has to be read. */
const anyReader: RuleReader = {
  needsContent: false,
  read: () => ({ arns: new Set(), isAny: true }),
};

/** Whether a rule without members makes it `any` in every request: no other rule names any of its kinds. */
function isNeverNamed(arn: string, named: ReadonlySet<string>): boolean {
  const isVariable = arn === '*' || /\$\{(?!(?:Partition|Region|Account)\})/.test(arn);
  return isVariable && !arn.split(' ').some((template) => named.has(template));
}

/** An element that names nothing, beside others that do, may stand for something that is not known. */
function takeAll({ take, isOfElements }: Rule, given: Given, at: Surroundings, found: Found): void {
  let naming = 0;
  for (const values of given) if (take(values, at, found)) naming += 1;
  if (isOfElements && naming > 0 && naming < given.length) found.isAny = true;
}

interface Rule {
  readonly arn: string;
  readonly needsContent: boolean;
  /** Whether its member stands in each element of a list. */
  readonly isOfElements: boolean;
  readonly read: MemberReader;
  /** Takes the values of the members, and says whether they are any. */
  readonly take: (values: Values | 'odd', at: Surroundings, found: Found) => boolean;
}

function compileRule({ arn, members }: ResourceRule): Rule {
  const kind = kindOf(arn);
  const where = members.map(({ name }) => name).join(' with ');
  const take = (values: Values | 'odd', at: Surroundings, found: Found): boolean => {
    if (values === 'odd') {
      if (arn !== '*' && kind.isStrict) throw unreadable(where, arn);
      found.isAny = true;
    } else if (arn === '*') found.isAny ||= isDoubtful(values);
    else return takeNamed(kind.read(values, at, arn), values, arn, found);
    return true;
  };
  return {
    arn,
    needsContent: members.some(({ place }) => place === 'body'),
    isOfElements: members.some(({ name }) => /\[\]\.\w+$/.test(name)),
    read: compileMembers(members),
    take,
  };
}

function takeNamed(named: Named, values: Values, arn: string, found: Found): boolean {
  if (named === 'unreadable') throw unreadable(Object.values(values).map(printable).join(' with '), arn);
  if (named === 'any') found.isAny = true;
  else if (named === 'other') {
    const [whole = ''] = Object.values(values);
    found.others.set(whole, (found.others.get(whole) ?? new Set()).add(arn));
  } else {
    if (named.length > 0) found.kinds.add(arn);
    for (const one of named) found.arns.add(one);
    return named.length > 0;
  }
  return true;
}

/** A query of CloudWatch Logs can name its log groups itself, behind `SOURCE`. */
function isDoubtful(values: Values): boolean {
  const query = values['Query'];
  return query === undefined ? Object.keys(values).length > 0 : /source/i.test(query);
}

/** An ARN of another kind of the same service is more than is known; of another service it is no answer to the question. */
function takeOther(arn: string, templates: ReadonlySet<string>, found: Found): void {
  const service = parseArn(arn)?.service;
  const all = [...templates];
  const isOfService = all.some((template) => template.split(':')[2] === service);
  if (!isOfService && all.some((template) => kindOf(template).isStrict)) {
    throw unreadable(printable(arn), all[0] ?? '');
  }
  found.isAny = true;
}

function takeAlways(arn: string, { partition, region, account }: Surroundings, found: Found): void {
  if (arn.split(' ').some((template) => found.kinds.has(template))) return;
  const text = arn
    .replace(/\$\{Partition\}/, partition)
    .replace(/\$\{Region\}/, region)
    .replace(/\$\{Account\}/, account);
  if (/\$\{| |\*/.test(text)) found.isAny = true;
  else found.arns.add(text);
}

function unreadable(what: string, template: string): PaiError {
  return new PaiError(
    'malformed_request',
    `${what} names no ${keyOf(template)}; send its name or ARN as AWS writes it`,
  );
}
