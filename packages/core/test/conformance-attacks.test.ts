import { createHash } from 'node:crypto';
import {
  type Action,
  type AgentRequest,
  bodyOf,
  defineProvider,
  findMethodOverride,
  getHeader,
  headerInjector,
  jsonResponse,
  PaiError,
  type Provider,
  type ProviderContext,
  parseHostPattern,
  placeholderFor,
  type Resolution,
  readParameters,
  readPath,
  setHeader,
  singleValue,
} from '@pai/core';
import { type ConformanceOptions, formatReport, runConformance, testProvider } from '@pai/core/conformance';
import { Type } from 'typebox';
import { describe, expect, test } from 'vitest';

const canary = 'canary-attack-5e7a1b';
const spec = Type.Object(
  {
    scope: Type.Optional(
      Type.Object(
        { crates: Type.Array(Type.String(), { description: 'Crates that may be touched.' }) },
        { additionalProperties: false, description: 'What may be touched.' },
      ),
    ),
  },
  { additionalProperties: false },
);

interface Spec {
  readonly scope?: { readonly crates: readonly string[] };
}

/** A service that reads its crate from the path, or from a parameter anywhere, and its tenant from a header. */
async function resolve(request: AgentRequest): Promise<Resolution> {
  const override = findMethodOverride(request);
  if (override !== undefined) return { unresolved: `${override} asks for another method` };
  const [collection, named, ...rest] = readPath(request.path).segments;
  if (collection !== 'crates' || rest.length > 0 || !['GET', 'POST'].includes(request.method)) {
    return { unresolved: 'no crate' };
  }
  const tenants = request.headers.filter((_, i) => request.headers[i - 1]?.toLowerCase() === 'x-tenant');
  if (new Set(tenants).size > 1) return { unresolved: 'two tenants' };
  const parameter = singleValue(await readParameters(request, 100_000), 'crate');
  if (named !== undefined && parameter !== undefined) return { unresolved: 'two crates' };
  const crate = named ?? parameter;
  if (typeof crate !== 'string' || crate === '') return { unresolved: 'no crate' };
  const name = request.method === 'GET' ? 'crates:read' : 'crates:write';
  return { actions: [{ name, resource: `${tenants[0] ?? 'me'}/${crate}` }] };
}

function create({ scope }: Spec, context: ProviderContext): Provider {
  return {
    hosts: [parseHostPattern('crates.example')],
    placeholders: { env: { CRATE_TOKEN: placeholderFor(context.name) } },
    credentialSlots: { headers: ['authorization', 'x-crate-key'] },
    resolve,
    scope: ({ resource, reach }: Action) =>
      scope === undefined || (reach === undefined && scope.crates.includes(resource ?? ''))
        ? undefined
        : { rule: 'scope.crates', reason: 'the crate is not in scope' },
    inject: headerInjector('authorization', 'Bearer ', context.secrets.read('token')),
    deny: ({ status, message }) => jsonResponse(status, { error: message }),
  };
}

const options: ConformanceOptions<typeof spec> = {
  plugin: defineProvider({ apiVersion: 'v1', type: 'crates', spec, create }),
  spec: { scope: { crates: ['me/red'] } },
  secrets: { token: canary },
  samples: [
    {
      url: 'https://crates.example/crates?crate=red',
      actions: ['crates:read'],
      resource: 'me/red',
      isOutside: false,
    },
    {
      url: 'https://crates.example/crates?crate=blue',
      headers: { 'x-tenant': 'other' },
      actions: ['crates:read'],
      resource: 'other/blue',
      isOutside: true,
    },
    {
      method: 'POST',
      url: 'https://crates.example/crates',
      headers: { 'content-type': 'application/json' },
      body: '{"crate":"red","note":{"by":"me"}}',
      actions: ['crates:write'],
    },
    {
      method: 'POST',
      url: 'https://crates.example/crates',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: 'crate=red&note=x',
      actions: ['crates:write'],
    },
    {
      url: 'https://crates.example/crates/red',
      actions: ['crates:read'],
      resource: 'me/red',
    },
  ],
};

describe('a provider that falls for nothing passes', () => {
  testProvider(test, options);
});

test('the score of a provider that passes says so, and what it was not asked', async () => {
  const report = await runConformance(options);
  expect(report.failures).toEqual([]);
  expect(report.groups.map(({ group }) => group)).toEqual(
    expect.arrayContaining([
      'contract',
      'authority',
      'path',
      'parameters',
      'content',
      'headers',
      'secrecy',
      'scope',
      'limits',
    ]),
  );
  for (const { group, passed } of report.groups) expect(`${group} ${passed > 0}`).toBe(`${group} true`);
  expect(formatReport(report)).toMatch(/crates passes$/);
});

type Break = (provider: Provider, context: ProviderContext) => Partial<Provider>;

function breaking(change: Break): ConformanceOptions<typeof spec> {
  const plugin = defineProvider({
    ...options.plugin,
    create: (given, context) => {
      const provider = create(given as Spec, context);
      return { ...provider, ...change(provider, context) };
    },
  });
  return { ...options, plugin };
}

/** Resolves by a lax reading of one request: `spell` gives the one that the resolver then sees. */
const reading = (spell: (request: AgentRequest) => AgentRequest | Promise<AgentRequest>) =>
  breaking((provider) => ({ resolve: async (request) => provider.resolve(await spell(request)) }));

const crateOf = (query: URLSearchParams, at: number) => query.getAll('crate').at(at) ?? '';

/** The content as JSON of a form, or as JSON, with the last of what comes twice, whatever it is called. */
async function laxContent(request: AgentRequest): Promise<Record<string, string>> {
  const text = (await request.body.bytes(1_000_000)).toString();
  try {
    return JSON.parse(text);
  } catch {
    return Object.fromEntries(new URLSearchParams(text));
  }
}

const writes = (crate: string): Resolution => ({
  actions: [{ name: 'crates:write', resource: `me/${crate}` }],
});

const laxWrites = breaking((provider) => ({
  resolve: async (request) =>
    request.method === 'POST' && request.path === '/crates' && findMethodOverride(request) === undefined
      ? writes(String((await laxContent(request))['crate'] ?? 'none'))
      : provider.resolve(request),
}));

test.each<[string, ConformanceOptions<typeof spec>, string, RegExp]>([
  [
    'the first of two parameters',
    reading((request) => ({ ...request, query: `crate=${crateOf(new URLSearchParams(request.query), 0)}` })),
    'takes no side when the query has a parameter twice',
    /crate=blue after crate=red.*\n?.*a server may read it as crates:read on me\/blue/s,
  ],
  [
    'the last of two keys of JSON',
    laxWrites,
    'takes no side when JSON has a key twice',
    /crate twice, the other last/,
  ],
  [
    'the last of two parameters of a form',
    laxWrites,
    'takes no side when a form has a parameter twice',
    /crate=redx/,
  ],
  [
    'encoded content as none',
    laxWrites,
    'overlooks nothing in content that is labelled or encoded oddly',
    /gzip: it is read as crates:write on me\/none/,
  ],
  [
    'the content alone where the query counts as well',
    breaking((provider) => ({
      resolve: async (request) => {
        if (request.method !== 'POST' || request.body.length === 0) return provider.resolve(request);
        const inside = (await laxContent(request))['crate'];
        return inside === undefined || inside === ''
          ? provider.resolve(request)
          : provider.resolve({ ...request, query: '' });
      },
    })),
    'takes no side between the query and the content',
    /crate=redx in the query/,
  ],
  [
    'one of two headers',
    breaking(() => ({
      resolve: (request) => {
        const tenant = getHeader(request.headers, 'x-tenant');
        const kept = request.headers.filter(
          (_, i) => request.headers[i - (i % 2)]?.toLowerCase() !== 'x-tenant',
        );
        return resolve({ ...request, headers: tenant === undefined ? kept : [...kept, 'x-tenant', tenant] });
      },
    })),
    'takes no side when a header that it reads comes twice',
    /x-tenant: otherx as well/,
  ],
  [
    'a path that leads elsewhere',
    breaking(() => ({
      hasOpaquePaths: true,
      resolve: (request) =>
        resolve({ ...request, path: request.path.startsWith('/crates') ? '/crates' : '/' }),
    })),
    'takes no path that leads elsewhere for the one it begins with',
    /the path \/crates\/\.\.\/x: it is read as crates:read on me\/red/,
  ],
  [
    'escaped letters for others',
    breaking(() => ({
      resolve: (request) =>
        request.path.includes('%')
          ? { actions: [{ name: 'crates:read', resource: request.path }] }
          : resolve(request),
    })),
    'reads escaped letters as the letters they are',
    /%63rates for crates/,
  ],
  [
    'proxies’ words',
    breaking(() => ({
      resolve: (request) => {
        const path = getHeader(request.headers, 'x-original-url') ?? request.path;
        return path === '/conformance-other' ? { actions: [{ name: 'none' }] } : resolve(request);
      },
    })),
    'is not led astray by what proxies write',
    /x-original-url/,
  ],
  [
    'a target that it writes anew',
    breaking((provider) => ({
      inject: (request) => {
        request.target = decodeURI(request.target);
        return provider.inject(request);
      },
    })),
    'sends the path and the query that were judged, byte for byte',
    /another target is sent/,
  ],
  [
    'a credential that is added to what is there',
    breaking((_, context) => ({
      credentialSlots: { headers: ['authorization'] },
      inject: ({ headers }) => {
        const value = context.secrets.read('token').reveal();
        headers.push('authorization', value, 'Authorization', value);
      },
    })),
    'writes its credential once, however often the agent wrote one',
    /authorization is sent more than once/,
  ],
  [
    'another credential each time',
    breaking((provider, context) => {
      let count = 0;
      return {
        inject: (request) => {
          count += 1;
          headerInjector('authorization', `Bearer ${count} `, context.secrets.read('token'))(request);
        },
        resolve: provider.resolve,
      };
    }),
    'writes the same credential on the same request',
    /the second time it is sent otherwise/,
  ],
  [
    'a secret in the content',
    breaking((provider, context) => ({
      inject: (request) => {
        request.body = bodyOf(Buffer.from(context.secrets.read('token').reveal()));
        return provider.inject(request);
      },
    })),
    'lets a request through with the credential in its slots only',
    /the content holds a secret/,
  ],
  [
    'a secret in the log',
    breaking((provider, context) => ({
      inject: (request) => {
        context.log(`with ${context.secrets.read('token').reveal()}`);
        return provider.inject(request);
      },
    })),
    'logs no secret',
    /a secret can be read in the log/,
  ],
  [
    'a secret in an error',
    breaking((provider, context) => ({
      inject: (request) => {
        if (getHeader(request.headers, 'x-amz-target') !== undefined) {
          throw new PaiError('credential_unavailable', `not with ${context.secrets.read('token').reveal()}`);
        }
        return provider.inject(request);
      },
    })),
    'shows no secret in what becomes of hostile requests',
    /a secret can be read in the audit event/,
  ],
  [
    'a denial that chokes',
    breaking(() => ({
      deny: ({ status, message }, { path }) =>
        jsonResponse(status, { message, path: decodeURIComponent(path) }),
    })),
    'denies hostile requests in words, and never throws',
    /URI malformed/,
  ],
  [
    'a reading that depends on what came before',
    breaking(() => {
      let count = 0;
      return {
        resolve: (request) => {
          count += 1;
          return count > 30 ? { unresolved: 'tired' } : resolve(request);
        },
      };
    }),
    'reads hostile requests alike, alone and all at once',
    /./,
  ],
  [
    'an empty list that holds everything',
    breaking(() => ({ scope: () => undefined })),
    'tells what is inside its scope from what is outside',
    /it is held to be inside/,
  ],
  [
    'a fetch from elsewhere',
    {
      ...breaking((provider, context) => ({
        inject: async (request) => {
          await context.fetch('https://evil.example/token');
          return provider.inject(request);
        },
      })),
      fetch: async () => Response.json({}),
    },
    'fetches from its own hosts and its token hosts, over TLS, and from nowhere else',
    /it fetches from evil\.example, which is not declared/,
  ],
  [
    'content without end',
    breaking(() => ({
      resolve: async (request) => {
        if (request.method === 'POST') await request.body.peek(Number.MAX_SAFE_INTEGER);
        return resolve({ ...request, method: 'GET', query: 'crate=red' });
      },
    })),
    'comes to an end when content does not',
    /it reads over 64 MiB before it judges/,
  ],
])('%s is found out', { timeout: 90_000 }, async (_, broken, name, message) => {
  const found: Promise<void>[] = [];
  testProvider((title, run) => {
    if (title === `crates ${name}`) found.push(Promise.resolve(run()));
  }, broken);
  expect(found).toHaveLength(1);
  await expect(found[0]).rejects.toThrow(message);
});

const hashOf = (context: ProviderContext) =>
  createHash('sha256').update(context.secrets.read('token').reveal()).digest('hex');

test.each<[string, ConformanceOptions<typeof spec>, string, RegExp]>([
  [
    'a method in the query that it overlooks',
    reading((request) => ({
      ...request,
      query: request.query.replace(/(?:^|&)(?:_|%5f)method=[^&]*/i, '').replace(/^&/, ''),
    })),
    'overlooks no method that the query asks for',
    /the query crate=red&_method=DELETE: it is read as crates:read on me\/red, whatever the method/,
  ],
  [
    'any method that is not POST for GET',
    reading((request) =>
      /^(?!POST$)[A-Z]+$/.test(request.method) ? { ...request, method: 'GET' } : request,
    ),
    'takes no other method for the one of a sample',
    /PROPFIND for GET: it is read as crates:read on me\/red/,
  ],
  [
    'PATCH for GET where there is POST',
    reading((request) =>
      request.method === 'PATCH' && (request.body.length ?? 1) > 0 ? { ...request, method: 'GET' } : request,
    ),
    'takes no other method for the one of a sample',
    /PATCH for POST: it is read as crates:read on me\/red/,
  ],
  [
    'a segment after the last',
    reading((request) => ({
      ...request,
      path: request.path.replace(/^(\/crates\/\w+)\/[a-z-]+$/, '$1'),
    })),
    'overlooks no segment after those that it knows',
    /\/crates\/red\/conformance-zzz: it is read as crates:read on me\/red/,
  ],
  [
    'a matrix parameter of the last segment',
    reading((request) => ({ ...request, path: request.path.replace(/;[^/]*$/, '') })),
    'cuts nothing off the last segment of a path',
    /\/crates\/red;x: it is read as crates:read on me\/red/,
  ],
  [
    'a field of its credential that is no slot',
    breaking((_, context) => ({
      credentialSlots: { headers: ['x-crate-key'] },
      inject: ({ headers }) => setHeader(headers, 'authorization', hashOf(context)),
    })),
    'declares every place that its credential is written to',
    /it writes the header authorization, which is not a slot/,
  ],
  [
    'a parameter that it leaves to the agent as well',
    breaking(({ inject }, context) => ({
      inject: (request) => {
        const mark = request.target.includes('?') ? '&' : '?';
        request.target += `${mark}by=${hashOf(context)}`;
        return inject(request);
      },
      credentialSlots: { headers: ['authorization', 'x-crate-key'], query: ['crate-key'] },
    })),
    'declares every place that its credential is written to',
    /it writes the parameter by, and what the agent wrote there goes on/,
  ],
  [
    'a cookie of the agent in another field',
    breaking(({ inject }) => ({
      inject: (request) => {
        const cookie = getHeader(request.headers, 'cookie');
        if (cookie !== undefined) setHeader(request.headers, 'x-crate-session', cookie);
        return inject(request);
      },
    })),
    'carries nothing that the agent wrote to another place',
    /cookie of the agent: it goes on in the header x-crate-session/,
  ],
])('%s is found out, and by nothing else', { timeout: 90_000 }, async (_, broken, name, message) => {
  const found: Promise<readonly [string, unknown]>[] = [];
  testProvider((title, run) => {
    if (title === 'crates comes to an end when content does not') return;
    const outcome = Promise.resolve().then(run);
    found.push(
      outcome.then(
        () => [title, undefined] as const,
        (thrown: unknown) => [title, thrown] as const,
      ),
    );
  }, broken);
  const failed = (await Promise.all(found)).filter(([, thrown]) => thrown !== undefined);
  expect(failed.map(([title]) => title)).toEqual([`crates ${name}`]);
  expect(String(failed[0]?.[1])).toMatch(message);
});
