import {
  basicInjector,
  defineProvider,
  findMethodOverride,
  headerInjector,
  jsonResponse,
  PaiError,
  type Provider,
  type ProviderContext,
  type ProviderPlugin,
  parseHostPattern,
  placeholderFor,
  readPath,
  setHeader,
} from '@pai/core';
import { type ConformanceOptions, testProvider } from '@pai/core/conformance';
import { Type } from 'typebox';
import { describe, expect, test } from 'vitest';

const spec = Type.Object(
  {
    host: Type.String({ description: 'Host of the service.' }),
    scope: Type.Optional(
      Type.Object(
        { boxes: Type.Array(Type.String(), { description: 'Boxes that may be touched.' }) },
        { additionalProperties: false, description: 'What may be touched.' },
      ),
    ),
  },
  { additionalProperties: false },
);

/** A service with boxes: `GET /boxes/NAME` is `boxes:read`. */
function createBoxes(
  { host, scope }: { host: string; scope?: { boxes: string[] } },
  context: ProviderContext,
): Provider {
  return {
    hosts: [parseHostPattern(host)],
    placeholders: { env: { BOX_TOKEN: placeholderFor(context.name) } },
    credentialSlots: { headers: ['authorization'], query: ['token'] },
    resolve: ({ method, path, headers, query }) => {
      const [boxes, name, ...rest] = readPath(path).segments;
      if (findMethodOverride({ headers, query }) !== undefined) return { unresolved: 'a method override' };
      if (boxes !== 'boxes' || name === undefined || rest.length > 0) return { unresolved: 'not a box' };
      return { actions: [{ name: method === 'GET' ? 'boxes:read' : 'boxes:write', resource: name }] };
    },
    scope: ({ resource, reach }) => {
      if (scope === undefined || (reach === undefined && scope.boxes.includes(resource ?? '')))
        return undefined;
      return { rule: 'scope.boxes', reason: 'the box is not in scope' };
    },
    inject: headerInjector('Authorization', 'Bearer ', context.secrets.read('token')),
    deny: ({ status, message }) => jsonResponse(status, { error: message }),
  };
}

const boxes = defineProvider({ apiVersion: 'v1', type: 'boxes', spec, create: createBoxes });

const options = {
  plugin: boxes,
  spec: { host: 'boxes.example', scope: { boxes: ['red'] } },
  secrets: { token: 'canary-5e7a1b' },
  samples: [
    { url: 'https://boxes.example/boxes/red?x=1', actions: ['boxes:read'], resource: 'red' },
    { method: 'DELETE', url: 'https://boxes.example/boxes/blue', actions: ['boxes:write'], resource: 'blue' },
    { url: 'https://boxes.example/', actions: 'unresolved' as const },
  ],
};

describe('a provider that keeps the contract passes', () => {
  testProvider(test, options);
  testProvider(test, { ...options, spec: { host: '*.boxes.example:8443' }, samples: wildSamples() });
});

function wildSamples() {
  return options.samples.map((sample) => ({
    ...sample,
    url: sample.url.replace('boxes.example', 'a.boxes.example:8443'),
  }));
}

/** The names of the checks that fail, without the type, and what they say. */
async function failures(broken: ConformanceOptions<typeof spec>): Promise<Record<string, string>> {
  const failed: Record<string, string> = {};
  const running: Promise<void>[] = [];
  const register = (name: string, run: () => void | Promise<void>) => {
    const attempt = async () => run();
    const fail = (thrown: unknown) => {
      failed[name.replace('boxes ', '')] = String(thrown);
    };
    running.push(attempt().catch(fail));
  };
  testProvider(register, broken);
  await Promise.all(running);
  return failed;
}

type Break = (provider: Provider, context: ProviderContext) => Partial<Provider>;

const withPlugin = (change: Partial<ProviderPlugin<typeof spec>>) => ({
  ...options,
  plugin: { ...boxes, ...change },
});

function breaking(change: Break): ConformanceOptions<typeof spec> {
  return withPlugin({
    create: (given, context) => {
      const provider = createBoxes(given as never, context);
      return { ...provider, ...change(provider, context) };
    },
  });
}

const leak = (context: ProviderContext) => context.secrets.read('token').reveal();

test('the good provider has no failure to report', async () => {
  expect(await failures(options)).toEqual({});
});

const readsHostile = 'reads hostile requests without a slip';
const injects = 'lets a request through with the credential in its slots only';
const strips = "drops the agent's own credential from every slot";
const leavesAlone = 'leaves the method, the host and the agent’s request alone';
const placeholders = 'gives the agent placeholders that are recognised and hold no secret';
const scoped = 'holds what has no known resource to be outside a scope';
const denies = 'denies and refuses in words, with their status and no secret';

const stripsPath = 'drops what the agent wrote where the path holds the credential, and shows it nowhere';

test.each<[string, ConformanceOptions<typeof spec>, string, RegExp]>([
  [
    'a secret in the path, which is no slot',
    breaking((_, context) => ({
      inject: (request) => {
        request.target = `/${leak(context)}`;
      },
    })),
    injects,
    /the path holds a secret/,
  ],
  [
    'a path that is never empty',
    breaking((provider) => ({
      credentialSlots: { ...provider.credentialSlots, path: (path) => `/*${path}` },
    })),
    stripsPath,
    /twice/,
  ],
  [
    'an injector that finds the agent’s text again',
    breaking((provider) => ({
      credentialSlots: { ...provider.credentialSlots, path: (path) => path.replace('/red', '/*') },
      inject: (request) => {
        request.target = request.target.replace('/*', '/red');
      },
    })),
    stripsPath,
    /is passed on or logged/,
  ],
  [
    'a secret too short',
    { ...options, secrets: { token: 'abc' } },
    'is tested with secrets that can be recognised',
    /./,
  ],
  [
    'another API',
    withPlugin({ apiVersion: 'v2' as 'v1' }),
    'is a plugin of API version v1 with a valid type',
    /v2/,
  ],
  [
    'an open schema',
    withPlugin({ spec: Type.Object({ ...spec.properties }) as typeof spec }),
    'has a closed schema with a description of every field',
    /spec takes unknown keys/,
  ],
  [
    'an open schema that takes anything',
    withPlugin({ spec: Type.Object({ ...spec.properties }) as typeof spec }),
    'accepts its spec and refuses an unknown key',
    /accepts unknownKey/,
  ],
  [
    'a field without a description',
    withPlugin({
      spec: Type.Object(
        { ...spec.properties, x: Type.Optional(Type.String()) },
        { additionalProperties: false },
      ) as never,
    }),
    'has a closed schema with a description of every field',
    /spec\.x has no description/,
  ],
  [
    'I/O at the start',
    breaking((_, context) => {
      context.fetch('https://boxes.example/').catch(() => {});
      return {};
    }),
    'is created without I/O and always alike',
    /create used fetch/,
  ],
  [
    'a start that is never the same',
    breaking(() => ({
      placeholders: { env: { BOX_TOKEN: `${placeholderFor('conformance')}.${Math.random()}` } },
    })),
    'is created without I/O and always alike',
    /./,
  ],
  ['no host', breaking(() => ({ hosts: [] })), 'claims hosts that can be claimed', /there is no host/],
  [
    'a host in capitals',
    breaking(() => ({ hosts: [{ host: 'Boxes.example' }] })),
    'claims hosts that can be claimed',
    /./,
  ],
  [
    'a secret for a placeholder',
    breaking((_, context) => ({ placeholders: { env: { BOX_TOKEN: leak(context) } } })),
    placeholders,
    /a secret can be read in the placeholders/,
  ],
  [
    'a secret in base64 inside a placeholder file',
    breaking((provider, context) => ({
      placeholders: {
        ...provider.placeholders,
        files: { a: Buffer.from(`x:${leak(context)}`).toString('base64') },
      },
    })),
    placeholders,
    /a secret can be read/,
  ],
  [
    'a placeholder nobody recognises',
    breaking(() => ({ placeholders: { env: { BOX_TOKEN: 'dummy' } } })),
    placeholders,
    /none of them carries pai-placeholder-conformance/,
  ],
  [
    'a placeholder file that is not there',
    breaking(({ placeholders: { env } }) => ({
      placeholders: { env: { ...env, FILE: '{{file:key.json}}' } },
    })),
    placeholders,
    /names the file key.json/,
  ],
  [
    'a wrong name',
    breaking(() => ({ resolve: () => ({ actions: [{ name: 'boxes:touch' }] }) })),
    'resolves GET https://boxes.example/boxes/red?x=1 as told, every time',
    /./,
  ],
  [
    'a wrong resource',
    breaking(() => ({ resolve: () => ({ actions: [{ name: 'boxes:read', resource: 'green' }] }) })),
    'resolves GET https://boxes.example/boxes/red?x=1 as told, every time',
    /./,
  ],
  [
    'a reading that changes',
    breaking((provider) => {
      let times = 0;
      const resolve: Provider['resolve'] = (request) => {
        times += 1;
        return times % 2 === 0 ? { unresolved: 'tired' } : provider.resolve(request);
      };
      return { resolve };
    }),
    'resolves GET https://boxes.example/boxes/red?x=1 as told, every time',
    /the second reading differs/,
  ],
  [
    'an error that is no PaiError',
    breaking((provider) => ({
      resolve: (request) => {
        decodeURIComponent(request.target);
        return provider.resolve(request);
      },
    })),
    readsHostile,
    /which is not a PaiError/,
  ],
  [
    'an empty list',
    breaking((provider) => ({
      resolve: (request) => (request.method === 'FOO' ? { actions: [] as never } : provider.resolve(request)),
    })),
    readsHostile,
    /resolves to no action/,
  ],
  [
    'no answer at all',
    breaking((provider) => ({
      resolve: (request) => (request.query === '' ? ({} as never) : provider.resolve(request)),
    })),
    readsHostile,
    /both resolved and not, or neither/,
  ],
  [
    'a secret in an error',
    breaking((provider, context) => ({
      resolve: (request) => {
        if (request.method === 'FOO') throw new PaiError('malformed_request', `no ${leak(context)}`);
        return provider.resolve(request);
      },
    })),
    readsHostile,
    /a secret can be read in what the resolver throws/,
  ],
  [
    'a deaf ear for method overrides',
    breaking((provider) => ({
      resolve: (request) => provider.resolve({ ...request, headers: [] }),
    })),
    'does not overlook a method override',
    /X-HTTP-Method-Override: DELETE changes nothing/,
  ],
  [
    'patterns that are rewritten for ever',
    withPlugin({ patterns: (pattern) => [pattern, `${pattern}x`] }),
    'rewrites patterns into canonical ones',
    /canonical/,
  ],
  [
    'patterns that vanish',
    withPlugin({ patterns: () => [] }),
    'rewrites patterns into canonical ones',
    /no pattern/,
  ],
  ['no scope', breaking(() => ({ scope: () => undefined })), scoped, /is inside the scope/],
  [
    'a scope that trusts what reaches everywhere',
    breaking((provider) => ({
      scope: ({ reach: _, ...rest }) => provider.scope({ ...rest, resource: 'red' }),
    })),
    scoped,
    /is inside the scope/,
  ],
  [
    'a denial that succeeds',
    breaking(() => ({ deny: ({ message }) => jsonResponse(200, { message }) })),
    denies,
    /a denial has status 200/,
  ],
  [
    'a refusal that says it is a denial',
    breaking(() => ({ deny: ({ message }) => jsonResponse(403, { message }) })),
    denies,
    /a refusal with 502 has status 403/,
  ],
  ['a silent denial', breaking(() => ({ deny: () => jsonResponse(403, {}) })), denies, /does not say why/],
  [
    'a secret in a denial',
    breaking((_, context) => ({ deny: ({ message }) => jsonResponse(403, [message, leak(context)]) })),
    denies,
    /a secret can be read in a denial/,
  ],
  [
    'a secret that lies open',
    breaking((_, context) => ({ token: leak(context) }) as never),
    'shows no secret in itself',
    /./,
  ],
  [
    'a credential outside its slots',
    breaking((_, context) => ({ inject: ({ headers }) => setHeader(headers, 'x-token', leak(context)) })),
    injects,
    /the header x-token holds a secret and is not a slot/,
  ],
  [
    'a credential in a query parameter that is no slot',
    breaking((_, context) => ({
      inject: (request) => {
        request.target += `${request.target.includes('?') ? '&' : '?'}key=${leak(context)}`;
      },
    })),
    injects,
    /the parameter key holds a secret and is not a slot/,
  ],
  [
    'Basic authentication in a header that is no slot',
    breaking((_, context) => ({
      credentialSlots: { headers: ['x-token'] },
      inject: basicInjector('user', context.secrets.read('token')),
    })),
    injects,
    /the header authorization holds a secret/,
  ],
  [
    'an injector that fails',
    breaking(() => ({
      inject: () => {
        throw new Error('no');
      },
    })),
    injects,
    /is not forwarded: the credential could not be put on the request/,
  ],
  [
    "an injector that puts the agent's own back",
    breaking((provider) => {
      let seen = '';
      return {
        resolve: (request) => {
          seen = request.headers[request.headers.indexOf('AUTHORIZATION') + 1] ?? '';
          return provider.resolve(request);
        },
        inject: ({ headers }) => void headers.push('x-was', seen),
      };
    }),
    strips,
    /a credential that the agent puts into the header AUTHORIZATION reaches the service/,
  ],
  [
    'an injector that changes the method',
    breaking(() => ({ inject: (request) => void Object.assign(request, { method: 'POST' }) })),
    leavesAlone,
    /the injector changes what was judged/,
  ],
  [
    'a resolver that changes the request',
    breaking((provider) => ({
      resolve: (request) => {
        Object.assign(request, { target: '/boxes/red' });
        return provider.resolve(request);
      },
    })),
    leavesAlone,
    /the resolver changes the request/,
  ],
  [
    'an answer with a secret',
    breaking((_, context) => ({
      answer: ({ path }) =>
        path === '/token' || path.endsWith('//') ? jsonResponse(200, [leak(context)]) : undefined,
    })),
    'answers for the service without a secret',
    /a secret can be read in an answer/,
  ],
])('%s is found out', async (_, broken, check, message) => {
  const failed = await failures(broken);
  expect(Object.keys(failed)).toContain(check);
  expect(failed[check]).toMatch(message);
});
