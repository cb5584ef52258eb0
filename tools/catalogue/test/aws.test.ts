import { inflateRawSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { createModel } from '../../../packages/provider-aws/src/catalogue-model.ts';
import { actionsOf } from '../src/aws/actions.ts';
import { encodeService } from '../src/aws/encode.ts';
import { familyName, hostFamilies } from '../src/aws/families.ts';
import { readIam } from '../src/aws/iam.ts';
import { type Merged, mergeService } from '../src/aws/merge.ts';
import { readV2 } from '../src/aws/v2.ts';
import { readV3 } from '../src/aws/v3.ts';
import { pack } from '../src/pack.ts';

const older = readV2(
  JSON.stringify({
    metadata: {
      apiVersion: '2011-01-01',
      endpointPrefix: 'things',
      protocol: 'rest-json',
      serviceId: 'Thing Store',
    },
    operations: {
      GetThing: {
        http: { method: 'GET', requestUri: '/2011-01-01/things/{thing_id}/' },
        input: {
          type: 'structure',
          required: ['ThingId'],
          members: {
            ThingId: { location: 'uri', locationName: 'thing_id' },
            Part: { location: 'querystring', locationName: 'part' },
          },
        },
      },
      OldThing: { http: { method: 'POST', requestUri: '/2011-01-01/old' } },
    },
  }),
);

/** As the schemas of a client are written: 9 an operation, 3 a structure, 1 a list. */
const names = [1, 'test', 'Names', 0, 0];
const input = [3, 'test', 'In', 0, ['ThingId', 'Names', 'Self'], [[0, 1], [() => names, 0], () => input], 1];

class ThingClient {
  readonly config = {
    serviceId: 'Thing Store',
    apiVersion: '2020-01-01',
    defaultSigningName: 'thing',
    protocol: new (class AwsRestJsonProtocol {})(),
    endpointProvider: () => ({ url: new URL('https://things.eu-west-1.amazonaws.com/'), properties: {} }),
  };
}

const newer = readV3({
  ThingClient,
  GetThing$: [
    9,
    'test',
    'GetThing',
    { http: ['GET', '/2020-01-01/things/{ThingId}?full', 200] },
    () => input,
    'unit',
  ],
  NewThing$: [9, 'test', 'NewThing', { http: ['PUT', '/2020-01-01/new/{Key+}', 200] }, 'unit', 'unit'],
});

const merged: Merged = mergeService([newer, older]);

test('reads a client’s schemas, those that hold themselves too', () => {
  expect(newer.operations.map(({ name }) => name)).toEqual(['GetThing', 'NewThing']);
  const [id, list, self] = newer.operations[0]?.input ?? [];
  expect(id).toMatchObject({ name: 'ThingId', place: 'label', wire: 'ThingId', isRequired: true });
  expect(list).toMatchObject({ name: 'Names', place: 'body', shape: { type: 'list' }, isRequired: false });
  expect(self?.shape).toMatchObject({ type: 'structure' });
});

test('merges the descriptions of a service: the newest wins, older routes and operations stay', () => {
  expect(merged).toMatchObject({
    id: 'thingstore',
    signingName: 'thing',
    versions: ['2011-01-01', '2020-01-01'],
  });
  expect(merged.operations.map(({ name, routes }) => [name, routes.map(({ template }) => template)])).toEqual(
    [
      ['GetThing', ['/2020-01-01/things/{ThingId}?full', '/2011-01-01/things/{ThingId}']],
      ['NewThing', ['/2020-01-01/new/{Key+}']],
      ['OldThing', ['/2011-01-01/old']],
    ],
  );
});

test('writes a service that the provider reads back', () => {
  const rule = {
    arn: 'arn:${Partition}:thing:${Region}:${Account}:thing/${ThingId}',
    members: [
      { variable: 'ThingId', place: 'label' as const, name: 'ThingId' },
      { variable: 'Name', place: 'body' as const, name: 'Names[]', form: 'Name[]' },
    ],
  };
  const text = encodeService({
    ...merged,
    prefix: 'thing',
    protocol: 'rest-json',
    operations: merged.operations.map((operation) => ({
      operation,
      actions:
        operation.name === 'GetThing' ? ['thing:ReadThing', 'other:Read'] : [`thing:${operation.name}`],
      rules: operation.name === 'OldThing' ? [] : [rule],
    })),
  });
  const dictionary = Buffer.from('things');
  const packed = Buffer.from(pack(text, dictionary), 'base64');
  const model = createModel('thingstore', inflateRawSync(packed, { dictionary }).toString());
  expect(model).toMatchObject({
    prefix: 'thing',
    protocol: 'rest-json',
    versions: ['2011-01-01', '2020-01-01'],
  });
  expect(model.operation('GetThing')).toEqual({
    name: 'GetThing',
    actions: ['thing:ReadThing', 'other:Read'],
    resources: [rule],
  });
  expect(model.operation('OldThing')).toEqual({
    name: 'OldThing',
    actions: ['thing:OldThing'],
    resources: [],
  });
  const [found] = model.routes('PUT', '/2020-01-01/new/a/b', '');
  expect([found?.operation.name, found?.labels.get('Key')]).toEqual(['NewThing', 'a/b']);
  expect(model.routes('GET', '/2020-01-01/things/x', '')).toEqual([]);
});

test('gives all routes that fit equally, and a literal before a label, more query keys before fewer', () => {
  const model = createModel(
    'x',
    [
      'x|rest-json',
      '',
      'A|GET /a/{B}',
      'C|GET /a/c',
      'D|GET /a/c?d',
      'E|GET /a/c?e=1',
      'F|GET /a/{G}/f',
    ].join('\n'),
  );
  const names = (path: string, query: string) =>
    model.routes('GET', path, query).map(({ operation }) => operation.name);
  expect(names('/a/b', '')).toEqual(['A']);
  expect(names('/a/c', '')).toEqual(['C']);
  expect(names('/a/c', 'd')).toEqual(['D']);
  expect(names('/a/c', 'e=2')).toEqual(['C']);
  expect(names('/a/c', 'd&e=1')).toEqual(['D', 'E']);
  expect(names('/a/c/f', '')).toEqual(['F']);
});

const files: Readonly<Record<string, unknown>> = {
  'data/services.json': ['lambda', 'apigateway'],
  'data/actions/lambda.json': {
    invokefunction: {
      name: 'InvokeFunction',
      accessLevel: 'Write',
      resourceTypes: [{ name: 'function', required: true }],
    },
    getfunction: { name: 'GetFunction', accessLevel: 'Read', resourceTypes: [] },
  },
  'data/resourceTypes/lambda.json': {
    function: { key: 'function', arn: 'arn:${Partition}:lambda:function' },
  },
  'data/actions/apigateway.json': { get: { name: 'GET', accessLevel: 'Read', resourceTypes: [] } },
  'data/resourceTypes/apigateway.json': {},
};

test('names an operation’s action as IAM spells it, as overridden, by its verb, or as it is', () => {
  const iam = readIam((path) => JSON.stringify(files[path]));
  const actions = (id: string, name: string) =>
    actionsOf(
      { ...merged, id, signingName: id === 'apigatewayv2' ? 'apigateway' : id },
      { name, input: [], routes: [{ method: 'GET', template: '/' }] },
      iam,
    );
  expect(actions('lambda', 'getfunction')[0]).toMatchObject({ name: 'lambda:GetFunction' });
  expect(actions('lambda', 'Invoke')[0]).toMatchObject({
    name: 'lambda:InvokeFunction',
    resources: [{ type: 'function', arn: 'arn:${Partition}:lambda:function', isRequired: true }],
  });
  expect(actions('apigatewayv2', 'GetApi')[0]).toMatchObject({ name: 'apigateway:GET' });
  expect(actions('lambda', 'BrandNew')[0]).toEqual({ name: 'lambda:BrandNew', access: '', resources: [] });
  expect(() => actions('lambda', 'GetLayerVersionByArn')).toThrow('lambda:GetLayerVersion');
});

const partitions = [
  {
    id: 'aws',
    regionRegex: '^(us|eu)-\\w+-\\d+$',
    outputs: { dnsSuffix: 'amazonaws.com', dualStackDnsSuffix: 'api.aws', implicitGlobalRegion: 'us-east-1' },
  },
];

test.each([
  ['api.ecr.us-east-1.amazonaws.com', 'api.ecr'],
  ['api-fips.sagemaker.us-east-1.amazonaws.com', 'api.sagemaker'],
  ['fips.batch.us-east-1.amazonaws.com', 'batch'],
  ['s3-fips.dualstack.us-east-1.amazonaws.com', 's3'],
  ['iam.global.api.aws', 'iam'],
  ['iam.amazonaws.com', 'iam'],
])('%s is of the family %s', (host, family) => {
  expect(familyName(host, partitions)).toBe(family);
});

test('a family has every service that answers there, and is global when one host serves all regions', () => {
  const options = { isFips: false, isDualStack: false, signingName: 'thing', signingRegion: 'us-east-1' };
  const ruled = ['us-east-1', 'eu-west-1'].flatMap((region) => [
    { ...options, id: 'thingstore', region, host: 'things.us-east-1.amazonaws.com' },
    { ...options, id: 'other', region, host: `others.${region}.amazonaws.com` },
  ]);
  const families = hostFamilies({ services: [merged], ruled, named: [['things', 'thirdstore']], partitions });
  expect(families).toEqual([
    { name: 'others', models: ['other'], signingName: 'thing', reach: '' },
    { name: 'things', models: ['thingstore', 'thirdstore'], signingName: 'thing', reach: 'g' },
  ]);
});
