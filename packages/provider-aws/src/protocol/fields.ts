import { PaiError, printable } from '@pai/core';

/** How a service spells a list in a form: `Names.member.1`, or `Name.1` (EC2's protocol, and lists that are flat). */
export type ListStyle = 'member' | 'flat';

/**
 * The input that the parameters of a query protocol spell (Smithy, `awsQuery` and `ec2Query`), in the shapes of JSON:
 * `A.B=x` is `{A: {B: 'x'}}`, and the numbered members of a list are an array in the order of their numbers. Of the style
 * `member` the word `member` is left out; a list under any other word keeps it: `{Filters: {Filter: […]}}`. Throws
 * `malformed_request` for whatever two servers could read in two ways: a name twice, a value that also has members,
 * numbers beside names, a number with a leading zero, a list in the other style, over 20 levels.
 */
export function readFields(
  parameters: Iterable<readonly [name: string, value: string]>,
  style: ListStyle,
): Record<string, unknown> {
  const root: Branch = new Map();
  for (const [name, value] of parameters) plant(root, name, value);
  return objectOf(root, style, '');
}

type Branch = Map<string, Branch | string>;

function plant(root: Branch, name: string, value: string): void {
  const parts = name.split('.');
  const last = parts.pop() ?? '';
  if (last === '' || parts.includes('')) throw ambiguous(name, 'has an empty part');
  if (parts.length > 20) throw ambiguous(name, 'has over 20 levels');
  let branch = root;
  for (const part of parts) {
    const next = branch.get(part) ?? new Map();
    if (typeof next === 'string') throw ambiguous(name, 'is a member of what has a value');
    branch.set(part, next);
    branch = next;
  }
  if (branch.has(last)) throw ambiguous(name, 'stands there twice');
  branch.set(last, value);
}

function valueAt(branch: Branch | string, style: ListStyle, path: string): unknown {
  if (typeof branch === 'string') return branch;
  if (isNumbered(branch, path)) {
    if (style === 'member' && !/(?:^|\.)[A-Za-z]\w*\.[A-Za-z]\w*$/.test(path)) throw otherStyle(path, style);
    return itemsOf(branch, style, path);
  }
  const members = branch.get('member');
  if (style === 'member' && branch.size === 1 && members instanceof Map && isNumbered(members, path)) {
    return itemsOf(members, style, `${path}.member`);
  }
  if (members !== undefined) throw otherStyle(path, style);
  return objectOf(branch, style, path);
}

function objectOf(branch: Branch, style: ListStyle, path: string): Record<string, unknown> {
  const members: Record<string, unknown> = Object.create(null);
  for (const [name, value] of branch) {
    members[name] = valueAt(value, style, path === '' ? name : `${path}.${name}`);
  }
  return members;
}

function itemsOf(branch: Branch, style: ListStyle, path: string): unknown[] {
  return [...branch]
    .sort(([a], [b]) => Number(a) - Number(b))
    .map(([number, item]) => valueAt(item, style, `${path}.${number}`));
}

function isNumbered(branch: Branch, path: string): boolean {
  let numbers = 0;
  for (const name of branch.keys()) {
    if (!/^\d+$/.test(name)) continue;
    if (!/^[1-9]\d{0,8}$/.test(name))
      throw ambiguous(`${path}.${name}`, 'has a number that is none of 1, 2, 3 …');
    numbers += 1;
  }
  if (numbers > 0 && numbers < branch.size) throw ambiguous(path, 'has members with and without a number');
  return numbers > 0;
}

function otherStyle(path: string, style: ListStyle): PaiError {
  const [own, other] = style === 'flat' ? ['.1', '.member.1'] : ['.member.1', '.1'];
  return ambiguous(`${path}${other}`, `is no list of this service, which takes ${own}`);
}

function ambiguous(name: string, why: string): PaiError {
  return new PaiError(
    'malformed_request',
    `the parameter ${printable(name)} ${why}; send what an AWS SDK sends`,
  );
}
