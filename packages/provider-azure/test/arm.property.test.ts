import { isPaiError } from '@pai/core';
import { requestFor } from '@pai/core/conformance';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createEndpoints } from '../src/endpoints.ts';
import { createResolver } from '../src/resolve.ts';
import { createAzureScope } from '../src/scope.ts';
import { actionsOf, resolve } from './arm.ts';

const word = fc.constantFrom(
  'subscriptions',
  'resourceGroups',
  'providers',
  'Microsoft.Storage',
  'Microsoft.Features',
  'storageAccounts',
  'locations',
  'networkRuleSets',
  'deployments',
  'listKeys',
  'batch',
  'S',
  'RG',
  'a.b',
  '..',
  '%2e',
  'a%2fb',
  '',
);
const method = fc.constantFrom('GET', 'HEAD', 'PUT', 'PATCH', 'DELETE', 'POST');

/** Of a text, the same with each letter in either case. */
const mangled = (text: string) =>
  fc
    .array(fc.boolean(), { minLength: text.length, maxLength: text.length })
    .map((ups) => [...text].map((c, i) => (ups[i] ? c.toUpperCase() : c.toLowerCase())).join(''));

const name = fc.stringMatching(/^[a-z][a-z0-9-]{1,12}$/).filter((text) => text !== 'providers');
const plainPath = fc
  .tuple(
    name,
    fc.constantFrom(
      'Microsoft.Storage/storageAccounts/',
      'Microsoft.Compute/virtualMachines/',
      'Microsoft.EventHub/namespaces/n/networkRuleSets/',
      'Microsoft.KeyVault/vaults/v/secrets/',
    ),
    name,
    fc.constantFrom(
      '',
      '/listKeys',
      '/providers/Microsoft.Authorization/roleAssignments/r',
      '/blobServices/default',
    ),
  )
  .map(
    ([group, types, its, tail]) => `/subscriptions/S/resourceGroups/${group}/providers/${types}${its}${tail}`,
  );

test('never changes its mind about a request because of case, doubled slashes in front or a slash at the end (Z1)', async () => {
  const outcome = async (verb: string, target: string) => {
    const resolution = await resolve(verb, target).catch((error: Error) => ({ unresolved: error.message }));
    if ('unresolved' in resolution) return 'unresolved';
    const scope = createAzureScope(['/subscriptions/s/resourceGroups/m*/*']);
    return resolution.actions.map((action) => [
      action.name.toLowerCase(),
      action.resource?.toLowerCase(),
      scope(action)?.rule,
    ]);
  };
  const pair = plainPath.chain((path) => fc.tuple(fc.constant(path), mangled(path)));
  await fc.assert(
    fc.asyncProperty(method, pair, fc.constantFrom('', '/'), async (verb, [path, other], tail) => {
      expect(await outcome(verb, `/${other}${tail}`)).toEqual(await outcome(verb, path));
    }),
  );
});

test('resolves or refuses every request, and throws nothing but its own errors', async () => {
  const resolver = createResolver({
    readEndpoint: createEndpoints({}).read,
    resolveData: () => ({ unresolved: 'a data plane' }),
  });
  const host = fc.constantFrom(
    'management.azure.com',
    'graph.microsoft.com',
    'acct.blob.core.windows.net',
    'evil.example',
  );
  const body = fc.oneof(fc.constant(''), fc.json(), fc.string({ maxLength: 20 }));
  await fc.assert(
    fc.asyncProperty(
      method,
      host,
      fc.array(word, { maxLength: 9 }),
      body,
      async (verb, at, words, content) => {
        const request = requestFor({
          method: verb,
          url: `https://${at}/${words.join('/')}`,
          headers: { 'content-type': 'application/json' },
          body: content,
        });
        try {
          const resolution = await resolver(request);
          if ('unresolved' in resolution) expect(resolution.unresolved).not.toBe('');
          for (const action of 'actions' in resolution ? resolution.actions : []) {
            expect(action.name).toMatch(/\/(?:read|write|delete|action)$/);
            expect(action.resource).toMatch(/^(?:\/[^/]|graph\.microsoft\.com\/)/);
            expect(action.resource).not.toMatch(/.\/$|\/\.\.?(?:\/|$)/);
          }
        } catch (thrown) {
          expect(isPaiError(thrown), String(thrown)).toBe(true);
        }
      },
    ),
    { numRuns: 300 },
  );
});

test('takes a request to a place outside of a scope to be outside, however it is spelled', async () => {
  const scope = createAzureScope(['/subscriptions/*/resourceGroups/prod/*']);
  const inside = /^\/subscriptions\/[^/]+\/resourcegroups\/prod(?:\/|$)|^\/subscriptions\/[^/]+$/i;
  await fc.assert(
    fc.asyncProperty(method, plainPath, fc.array(name, { maxLength: 4 }), async (verb, path, more) => {
      const target = [path, ...more, 'resourceGroups', 'prod', 'x'].join('/');
      const actions = await actionsOf(verb, target).catch(() => []);
      for (const action of actions) {
        if (scope(action) === undefined) expect(action.resource).toMatch(inside);
      }
    }),
  );
});
