import fc from 'fast-check';
import { expect, test } from 'vitest';
import { families } from '../src/families.ts';
import { hostPatterns, readEndpoint } from '../src/hosts.ts';

const suffixes = hostPatterns().flatMap(({ host }) => (host.startsWith('**.') ? [host.slice(3)] : []));
const regions = ['us-east-1', 'eu-west-1', 'cn-north-1', 'us-gov-west-1', 'us-iso-east-1', 'eusc-de-east-1'];
const marks = [
  'vpce',
  'fips',
  'dualstack',
  'global',
  'us-gov',
  'bucket',
  'vpce-0a1-b2',
  'accesspoint',
  's3-global',
];
const s3 = [
  's3',
  's3-fips',
  's3-accesspoint',
  's3-control',
  's3express-use1-az4',
  's3-us-west-2',
  's3-accelerate',
];
const label = fc.oneof(
  fc.constantFrom(...regions, ...marks, ...s3, '123456789012', 'my-bucket', '__proto__', 'constructor'),
  fc.constantFrom(...[...families.keys()].flatMap((name) => name.split('.'))),
  fc.stringMatching(/^[a-z0-9_-]{1,12}$/),
);
const suffix = fc.constantFrom(
  ...suffixes,
  ...suffixes.map((one) => `${one}.evil.com`),
  'evil.com',
  'notamazonaws.com',
);
const host = fc
  .tuple(fc.array(label, { maxLength: 6 }), suffix)
  .map(([labels, end]) => [...labels, end].join('.'));

test('whatever a host is called, an endpoint is below a suffix of AWS, in a region that its name says or implies', () => {
  fc.assert(
    fc.property(host, (name) => {
      const endpoint = readEndpoint(name);
      if (endpoint === undefined) return;
      const { region, labels, signingName, service, models, algorithm } = endpoint;
      expect(suffixes.some((one) => name.endsWith(`.${one}`))).toBe(true);
      expect(signingName !== '' && service !== '' && models.every((id) => id !== '')).toBe(true);
      expect(region === '*').toBe(algorithm === 'sigv4a');
      expect(`${name}.`.startsWith([...labels, ''].join('.'))).toBe(true);
      const named = regions.filter((one) => name.split('.').includes(one));
      if (named.length === 1 && region !== '*' && labels.length === 0) expect(region).toBe(named[0]);
    }),
    { numRuns: 20_000 },
  );
});

test('one more label in front never leads to another service, but where the host says whose it is', () => {
  const known = fc.constantFrom(...[...families.keys()].filter((name) => !name.startsWith('s3')));
  fc.assert(
    fc.property(
      known,
      fc.constantFrom(...regions),
      fc.stringMatching(/^[a-z0-9]{1,8}$/),
      (name, region, extra) => {
        const inner = readEndpoint(`${name}.${region}.amazonaws.com`);
        const outer = readEndpoint(`${extra}.${name}.${region}.amazonaws.com`);
        if (outer === undefined || inner === undefined || families.has(`${extra}.${name}`)) return;
        expect(outer.labels.length > 0 || extra === 'fips').toBe(true);
      },
    ),
    { numRuns: 5_000 },
  );
});
