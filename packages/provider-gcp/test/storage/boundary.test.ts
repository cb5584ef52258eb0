import { compileActionPattern } from '@pai/policy';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createGcpScope } from '../../src/scope.ts';
import { type BoundaryRule, bucketRulesOf } from '../../src/storage/boundary.ts';
import { counterpartOf, permissions, roles } from '../../src/storage/boundary-roles.ts';

const root = 'projects/_/buckets/logs';
const resource = `//storage.googleapis.com/${root}`;

test.each([
  [
    'reads of a bucket',
    [`${root}/objects/*`],
    ['storage.objects.get', 'storage.objects.list'],
    [],
    ['storage.objectViewer'],
  ],
  [
    'reads without listing',
    [`${root}/objects/*`],
    ['storage.objects.get'],
    [],
    ['storage.legacyObjectReader'],
  ],
  ['uploads alone', [`${root}/objects/*`], ['storage.objects.create'], [], ['storage.objectCreator']],
  ['all of objects', [`${root}/objects/*`], ['storage.objects.*'], [], ['storage.objectAdmin']],
  [
    'everything in the scope',
    [`${root}/objects/*`],
    ['*'],
    [],
    ['storage.legacyBucketReader', 'storage.objectAdmin'],
  ],
])('bounds %s by roles that hold no more', (_, patterns, allow, deny, expected) => {
  const rules = bucketRulesOf(patterns, allow, deny);
  expect(rules).toEqual([
    {
      availableResource: resource,
      availablePermissions: expected.map((role) => `inRole:roles/${role}`),
      availabilityCondition: {
        expression: `resource.name.startsWith('${root}/objects/') || resource.name == '${root}'`,
      },
    },
  ]);
});

test('bounds a prefix, and listings by it', () => {
  const allow = ['storage.objects.get', 'storage.objects.list'];
  expect(bucketRulesOf([`${resource}/objects/2026/*`], allow)).toEqual([
    {
      availableResource: resource,
      availablePermissions: ['inRole:roles/storage.objectViewer'],
      availabilityCondition: {
        expression: `resource.name.startsWith('${root}/objects/2026/') || api.getAttribute('storage.googleapis.com/objectListPrefix', '').startsWith('2026/')`,
      },
    },
  ]);
});

test.each([
  ['no scope', undefined, ['*'], []],
  ['an empty scope', [], ['*'], []],
  ['everything', ['*'], ['*'], []],
  ['a wildcard in the bucket', ['projects/_/buckets/logs-*/objects/*'], ['*'], []],
  ['a wildcard inside a name', [`${root}/objects/*.txt`], ['storage.objects.get'], []],
  ['another service', [`${root}/objects/*`, 'projects/p/topics/*'], ['*'], []],
  ['nothing that is allowed', [`${root}/objects/*`], ['pubsub.*'], []],
  ['permissions that make up no role', [`${root}/objects/*`], ['storage.objects.delete'], []],
  ['a denial inside of every role', [`${root}/objects/*`], ['storage.objects.*'], ['storage.objects.delete']],
  [
    'over 10 buckets',
    Array.from({ length: 11 }, (__, i) => `projects/_/buckets/b-${i}/objects/*`),
    ['storage.objects.get'],
    [],
  ],
  ['a quote in a name', [`${root}/objects/it's*`], ['storage.objects.get'], []],
])('says no boundary for %s', (_, patterns, allow, deny) => {
  expect(bucketRulesOf(patterns, allow, deny)).toBeUndefined();
});

/** A question to IAM: a permission, on a bucket or something in it, with the prefix of a listing. */
interface Question {
  readonly permission: string;
  readonly name: string;
  readonly prefix?: string;
}

/** Answers as IAM documents it: some rule on the bucket has a role that holds the permission, and its condition is true. */
function isAvailable(rules: readonly BoundaryRule[], { permission, name, prefix = '' }: Question): boolean {
  return rules.some(({ availableResource, availablePermissions, availabilityCondition }) => {
    const bucket = availableResource.replace('//storage.googleapis.com/', '');
    if (name !== bucket && !name.startsWith(`${bucket}/`)) return false;
    const holds = availablePermissions.some((role) =>
      roles[role.replace('inRole:roles/', '')]?.includes(permission),
    );
    return (
      holds &&
      (availabilityCondition === undefined || evaluate(availabilityCondition.expression, name, prefix))
    );
  });
}

function evaluate(expression: string, name: string, prefix: string): boolean {
  return expression.split(' || ').some((term) => {
    const [, subject, start] = /^(.*)\.startsWith\('(.*)'\)$/.exec(term) ?? [];
    if (subject === 'resource.name') return name.startsWith(start ?? '?');
    if (subject !== undefined) {
      expect(subject).toBe("api.getAttribute('storage.googleapis.com/objectListPrefix', '')");
      return prefix.startsWith(start ?? '?');
    }
    const [, whole] = /^resource\.name == '(.*)'$/.exec(term) ?? [];
    expect(whole).toBeDefined();
    return name === whole;
  });
}

/** Whether the policy and the scope let some request through that needs the permission there. */
function isLetThrough(
  { permission, name, prefix }: Question,
  allow: string[],
  deny: string[],
  patterns: string[],
): boolean {
  const fits = (list: string[]) =>
    list.some((pattern) =>
      compileActionPattern(pattern, { isCaseSensitive: false })(`storage.${permission}`),
    );
  if (!fits(allow) || fits(deny)) return false;
  const action = { name: `storage.${permission}`, resource: `//storage.googleapis.com/${name}` };
  const scope = createGcpScope(patterns);
  if (scope(action) === undefined) return true;
  if (permission === 'buckets.get') return scope({ ...action, hasNoPart: true }) === undefined;
  return prefix !== undefined && scope({ ...action, part: prefix }) === undefined;
}

const all = [...new Set(Object.values(permissions).flat())];
const actionPatterns = [
  '*',
  'storage.*',
  'storage.objects.*',
  'storage.objects.get',
  'storage.objects.list',
  'storage.objects.create',
  'storage.objects.delete',
  'storage.objects.update',
  'storage.*.get',
  'storage.*.list',
  'storage.buckets.*',
  'storage.buckets.get',
  'storage.folders.*',
  'storage.managedFolders.*',
  'storage.multipartUploads.*',
  'storage.objects.*IamPolicy',
  'STORAGE.OBJECTS.GET',
  'pubsub.*',
];
const buckets = ['projects/_/buckets/one', 'projects/_/buckets/one-more', 'projects/_/buckets/two'];
const below = ['', '/*', '/objects/*', '/objects/a/*', '/objects/a/b*', '/objects/a/b.txt', '/objects/c'];
const scopePatterns = buckets.flatMap((bucket) => below.map((rest) => bucket + rest));
const questions: Question[] = buckets.flatMap((bucket) => [
  ...[...permissions.object].flatMap((permission) =>
    ['a/', 'a/b.txt', 'a/bc', 'c', 'cc', 'd/a/b'].map((name) => ({
      permission,
      name: `${bucket}/objects/${name}`,
    })),
  ),
  ...permissions.listing.flatMap((permission) =>
    ['', 'a', 'a/', 'a/b', 'a/b.txt', 'c', 'd'].map((prefix) => ({ permission, name: bucket, prefix })),
  ),
  ...permissions.bucket.map((permission) => ({
    permission,
    name: bucket,
    ...(permission.endsWith('.list') && { prefix: '' }),
  })),
  ...permissions.child.map((permission) => ({ permission, name: `${bucket}/${permission.split('.')[0]}/f` })),
]);

/** What a folder or a part of an upload is nothing beside. */
function counterpart({ permission, name, prefix }: Question): Question | undefined {
  const other = counterpartOf(permission);
  if (other === undefined) return undefined;
  const bucket = name.split('/').slice(0, 4).join('/');
  return other === 'objects.list'
    ? { permission: other, name: bucket, prefix: prefix ?? '' }
    : { permission: other, name: name.replace(/\/(?:folders|managedFolders)\//, '/objects/') };
}

test('is never wider than the policy and the scope, and never narrower', () => {
  let said = 0;
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.constantFrom(...actionPatterns), { minLength: 1, maxLength: 4 }),
      fc.uniqueArray(fc.constantFrom(...actionPatterns), { maxLength: 2 }),
      fc.uniqueArray(fc.constantFrom(...scopePatterns), { minLength: 1, maxLength: 3 }),
      (allow, denied, patterns) => {
        const deny = denied.filter((pattern) => pattern !== '*');
        const rules = bucketRulesOf(patterns, allow, deny);
        if (rules === undefined) return;
        said += 1;
        for (const question of questions) {
          const isThrough = isLetThrough(question, allow, deny, patterns);
          const other = counterpart(question);
          const isBeside = other !== undefined && isLetThrough(other, allow, deny, patterns);
          const shown = `${question.permission} on ${question.name} [${question.prefix ?? ''}]`;
          const available = isAvailable(rules, question);
          if (available) expect([shown, isThrough || isBeside]).toEqual([shown, true]);
          if (isThrough) expect([shown, available]).toEqual([shown, true]);
        }
      },
    ),
    { numRuns: 1_500 },
  );
  expect(said).toBeGreaterThan(50);
  expect(
    Object.values(roles)
      .flat()
      .every((permission) => all.includes(permission)),
  ).toBe(true);
});
