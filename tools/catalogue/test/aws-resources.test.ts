import { describe, expect, test } from 'vitest';
import { resourceRules } from '../src/aws/resources.ts';
import type { IamResource, SourceMember, SourceProtocol, SourceShape } from '../src/aws/source.ts';

const scalar: SourceShape = { type: 'scalar' };
const listOf = (of: SourceShape): SourceShape => ({ type: 'list', of, element: 'member', isFlat: false });
const structure = (...members: SourceMember[]): SourceShape => ({ type: 'structure', members });

function member(name: string, shape: SourceShape = scalar, form = name): SourceMember {
  return { name, wire: name, form, place: 'body', isRequired: false, shape };
}

const start = `arn:\${Partition}:zoo:\${Region}:\${Account}:`;

/** A kind of a service that no table knows: `thing*` has to be named. */
function kind(type: string, resource: string): IamResource {
  const isRequired = type.endsWith('*');
  return {
    type: type.replace('*', ''),
    arn: `${start}${resource.replaceAll('{', '${')}`,
    isRequired,
  };
}

/** Rules, a line each, with `{ThingName}` for a variable: `thing/{ThingName} ThingName=ThingName`. */
function rulesOf(
  operation: string,
  input: readonly SourceMember[],
  kinds: readonly IamResource[],
  protocols: readonly SourceProtocol[] = ['json'],
): string[] {
  const action = { name: `zoo:${operation}`, access: 'Write', resources: kinds };
  return resourceRules({ prefix: 'zoo', protocols }, { name: operation, input }, [action]).map(
    ({ arn, members }) =>
      [
        arn.replaceAll(start, '').replaceAll('${', '{'),
        ...members.map(
          ({ variable, name, form }) => `${variable}=${name}${form === undefined ? '' : `~${form}`}`,
        ),
      ].join(' '),
  );
}

const animal = kind('animal*', 'animal/{AnimalName}');
const cage = kind('cage*', 'cage/{CageId}');

describe('a member names a kind', () => {
  test.each<[string, string, readonly SourceMember[], readonly IamResource[], readonly string[]]>([
    [
      'that is called as its variable',
      'Feed',
      [member('AnimalName')],
      [animal],
      ['animal/{AnimalName} AnimalName=AnimalName', 'animal/{AnimalName}'],
    ],
    [
      'in the plural',
      'Feed',
      [member('AnimalNames', listOf(scalar))],
      [animal],
      ['animal/{AnimalName} AnimalName=AnimalNames[]', 'animal/{AnimalName}'],
    ],
    [
      'inside structures',
      'Feed',
      [member('Entries', listOf(structure(member('AnimalName'))))],
      [animal],
      ['animal/{AnimalName} AnimalName=Entries[].AnimalName', 'animal/{AnimalName}'],
    ],
    [
      'as an ARN',
      'Feed',
      [member('AnimalArn')],
      [animal],
      ['animal/{AnimalName} Arn=AnimalArn', 'animal/{AnimalName}'],
    ],
    [
      'that the operation is about',
      'CreateAnimal',
      [member('Name')],
      [animal],
      ['animal/{AnimalName} AnimalName=Name', 'animal/{AnimalName}'],
    ],
    [
      'also as a source',
      'Copy',
      [member('AnimalName'), member('SourceAnimalName')],
      [animal],
      [
        'animal/{AnimalName} AnimalName=AnimalName',
        'animal/{AnimalName} AnimalName=SourceAnimalName',
        'animal/{AnimalName}',
      ],
    ],
    [
      'with its parents',
      'Feed',
      [member('CageId'), member('AnimalName')],
      [kind('animal*', 'cage/{CageId}/{AnimalName}')],
      ['cage/{CageId}/{AnimalName} CageId=CageId AnimalName=AnimalName', 'cage/{CageId}/{AnimalName}'],
    ],
    [
      'among others',
      'TagResource',
      [member('ResourceArn')],
      [animal, cage],
      [
        'animal/{AnimalName} Arn=ResourceArn',
        'cage/{CageId} Arn=ResourceArn',
        'animal/{AnimalName} cage/{CageId}',
      ],
    ],
  ])('%s', (_how, operation, input, kinds, expected) => {
    expect(rulesOf(operation, input, kinds)).toEqual(expected);
  });
});

describe('what no member surely names is any', () => {
  test.each<[string, string, readonly SourceMember[], readonly IamResource[], readonly string[]]>([
    ['a kind without a member', 'Feed', [member('Name')], [animal], ['animal/{AnimalName}']],
    ['an id that only a name is given for', 'CreateCage', [member('Name')], [cage], ['cage/{CageId}']],
    [
      'a kind whose parent is not named',
      'Feed',
      [member('AnimalName')],
      [kind('animal*', 'cage/{CageId}/{AnimalName}')],
      ['cage/{CageId}/{AnimalName}'],
    ],
    [
      'an optional kind',
      'Feed',
      [member('AnimalName')],
      [animal, kind('cage', 'cage/{CageId}')],
      ['animal/{AnimalName} AnimalName=AnimalName', 'animal/{AnimalName}', '*'],
    ],
    [
      'a name in another account',
      'Feed',
      [member('AnimalName'), member('OwnerAccountId')],
      [animal],
      ['animal/{AnimalName} AnimalName=AnimalName', 'animal/{AnimalName}', '* Given=OwnerAccountId'],
    ],
    [
      'a filter',
      'Feed',
      [member('Filters', listOf(structure(member('Name'), member('Values', listOf(scalar)))))],
      [animal],
      ['animal/{AnimalName}'],
    ],
  ])('%s', (_what, operation, input, kinds, expected) => {
    expect(rulesOf(operation, input, kinds)).toEqual(expected);
  });
});

test('naming a parent is not naming the child', () => {
  const rules = rulesOf(
    'List',
    [member('CageId'), member('AnimalNames', listOf(scalar))],
    [cage, kind('animal*', 'cage/{CageId}/{AnimalName}')],
  );
  expect(rules.filter((rule) => !rule.includes('='))).toEqual([
    'cage/{CageId}',
    'cage/{CageId}/{AnimalName}',
  ]);
});

test('a constant is always named', () => {
  expect(rulesOf('Get', [], [kind('hub*', 'hub/default')])).toEqual(['hub/default']);
});

test('members are spelled as the protocols of the service do', () => {
  const names = member(
    'AnimalNames',
    { type: 'list', of: scalar, element: 'AnimalName', isFlat: false },
    'AnimalName',
  );
  const rule = (protocols: readonly SourceProtocol[]) => rulesOf('Feed', [names], [animal], protocols)[0];
  expect(rule(['json', 'query'])).toBe(
    'animal/{AnimalName} AnimalName=AnimalNames[]~AnimalName.AnimalName[]',
  );
  expect(rule(['json'])).toBe('animal/{AnimalName} AnimalName=AnimalNames[]');
  expect(rule(['query'])).toBe('animal/{AnimalName} AnimalName=AnimalName.AnimalName[]');
  expect(rule(['ec2'])).toBe('animal/{AnimalName} AnimalName=AnimalName[]');
});

test('a member that one description writes in another case is read as the wire has it', () => {
  const name = { ...member('AnimalName', scalar, 'AnimalName'), wire: 'animalName' };
  expect(rulesOf('Feed', [name], [animal], ['rest-json'])[0]).toBe(
    'animal/{AnimalName} AnimalName=animalName',
  );
});

test('structures that hold themselves come to an end', () => {
  const node: { type: 'structure'; members: SourceMember[] } = { type: 'structure', members: [] };
  node.members.push(member('AnimalName'), member('Next', node));
  const rules = rulesOf('Walk', [member('First', node)], [animal]);
  expect(rules.length).toBeGreaterThan(1);
  expect(rules.length).toBeLessThan(10);
});
