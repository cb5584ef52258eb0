import fc from 'fast-check';
import { expect, test } from 'vitest';
import { meaningOf } from './gcp.ts';

const hosts = ['pubsub', 'secretmanager', 'compute', 'bigquery', 'cloudresourcemanager'];
const paths = [
  '/v1/projects/p/topics/t:setIamPolicy',
  '/v1/projects/p/topics/t:publish',
  '/v1/projects/p/topics/t',
  '/v1/projects/p/secrets/s/versions/1:access',
  '/v1/projects/p/secrets/s/versions/1:destroy',
  '/compute/v1/projects/p/zones/z/instances/i/stop',
  '/bigquery/v2/projects/p/datasets/d/tables/t',
  '/v1/projects/p:setIamPolicy',
];
const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];

/** The path with some of its characters percent-encoded, as often in lower as in upper case. */
const spelled = (path: string) =>
  fc.array(fc.nat(5), { minLength: path.length, maxLength: path.length }).map((dice) =>
    [...path]
      .map((letter, i) => {
        const hex = letter.charCodeAt(0).toString(16);
        return letter === '/' || (dice[i] ?? 0) > 1 ? letter : `%${dice[i] === 0 ? hex : hex.toUpperCase()}`;
      })
      .join(''),
  );

test('however the letters of a path are written, it means the same', async () => {
  const sent = fc
    .tuple(fc.constantFrom(...hosts), fc.constantFrom(...methods), fc.constantFrom(...paths))
    .chain(([host, method, path]) =>
      fc.tuple(fc.constant(host), fc.constant(method), fc.constant(path), spelled(path)),
    );
  await fc.assert(
    fc.asyncProperty(sent, async ([host, method, path, other]) => {
      const at = (one: string) => meaningOf(`https://${host}.googleapis.com${one}`, { method });
      const [plain, encoded] = [await at(path), await at(other)];
      if (typeof plain === 'string') expect(encoded).toBeTypeOf('string');
      else expect(encoded).toEqual(plain);
    }),
    { numRuns: 2_000 },
  );
});

test('whatever is put into a path, the actions are of its API and their resources below what it names', async () => {
  const piece = fc.oneof(
    fc.constantFrom(
      'projects',
      'p',
      'topics',
      't',
      '%2F',
      '%252F',
      '..',
      '%2e%2e',
      ':',
      '%3A',
      ';',
      '',
      '*',
      '-',
      'v1',
    ),
    fc.stringMatching(/^[!-~]{1,6}$/).map((text) => text.replace(/[#?\\]/g, '')),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(piece, { maxLength: 8 }),
      fc.constantFrom(...methods),
      async (pieces, method) => {
        const path = `/v1/projects/p/${pieces.join('/')}`;
        const found = await meaningOf(`https://pubsub.googleapis.com${path}`, { method }).catch(
          () => 'refused',
        );
        if (typeof found === 'string') return;
        for (const one of found) {
          expect(one).toMatch(/^pubsub\.[\w.]+ \/\/pubsub\.googleapis\.com\/projects\/p(?:\/|:| |$)/);
          expect(one).not.toMatch(/\/\.\.?(?:\/|$)/);
        }
      },
    ),
    { numRuns: 3_000 },
  );
});
