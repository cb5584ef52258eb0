import assert from 'node:assert/strict';
import type { Check } from './conformance-case.ts';
import { hostileVariants, withHeader } from './conformance-hostile.ts';
import { type RequestText, requestFor } from './conformance-request.ts';
import type { Sample, Subject } from './conformance-subject.ts';
import type { Action, Denial, Resolution } from './decision.ts';
import { isPaiError, PaiError } from './errors.ts';
import { encodeGrpcMessage, isGrpc, readGrpcStatus } from './grpc.ts';
import type { Provider } from './provider.ts';
import type { AgentRequest } from './request.ts';

/** How a provider reads requests, and how its denials look. */
export function judgementChecks(subject: Subject): Check[] {
  const { samples } = subject.options;
  return [
    { name: 'has samples to be tested by', run: () => assert.ok(samples.length > 0, 'there is no sample') },
    ...samples.map((sample) => ({
      name: `resolves ${sample.method ?? 'GET'} ${sample.url} as told, every time`,
      request: sample,
      run: () => assertResolves(subject, sample),
    })),
    { name: 'reads hostile requests without a slip', run: () => assertHolds(subject) },
    { name: 'does not overlook a method override', run: () => assertOverrideSeen(subject) },
    { name: 'rewrites patterns into canonical ones', run: () => assertPatterns(subject) },
    { name: 'holds what has no known resource to be outside a scope', run: () => assertScope(subject) },
    {
      name: 'denies and refuses in words, with their status and no secret',
      run: () => assertDenials(subject),
    },
  ];
}

async function assertResolves({ create, assertNoSecret }: Subject, sample: Sample): Promise<void> {
  const provider = create();
  const first = await resolved(provider, requestFor(sample));
  assertNoSecret(first, 'the resolution');
  const names = 'actions' in first ? first.actions.map(({ name }) => name) : 'unresolved';
  const why = 'unresolved' in first ? `unresolved: ${first.unresolved}` : undefined;
  assert.deepEqual(names, sample.actions, why);
  if (sample.resource !== undefined && 'actions' in first) {
    for (const { resource } of first.actions) assert.equal(resource, sample.resource);
  }
  assert.deepEqual(await resolved(provider, requestFor(sample)), first, 'the second reading differs');
  assert.deepEqual(
    await resolved(create(), requestFor(sample)),
    first,
    'another instance reads it otherwise',
  );
}

async function assertHolds({ options, create, assertNoSecret }: Subject): Promise<void> {
  const provider = create();
  const ownHosts = provider.hosts.map(({ host, port = 443 }) => ({
    url: `https://${host.replace('*', 'conformance')}:${port}/`,
  }));
  for (const text of [...ownHosts, ...options.samples].flatMap(hostileVariants)) {
    const request = attempt(() => requestFor(text));
    if (request === undefined) continue;
    const shown = `${text.method ?? 'GET'} ${text.url.slice(0, 120)}`;
    try {
      const resolution = await provider.resolve(request);
      assertNoSecret(resolution, `the resolution of ${shown}`);
      assertWellFormed(resolution, shown);
    } catch (thrown) {
      if (thrown instanceof assert.AssertionError) throw thrown;
      assert.ok(isPaiError(thrown), `${shown} makes the resolver throw ${thrown}, which is not a PaiError`);
      assertNoSecret(thrown, `what the resolver throws for ${shown}`);
    }
  }
}

function assertWellFormed(resolution: Resolution, shown: string): void {
  const { actions, unresolved } = resolution as Partial<Record<string, unknown>>;
  assert.ok(
    (actions === undefined) !== (unresolved === undefined),
    `${shown} is both resolved and not, or neither`,
  );
  if (unresolved !== undefined) {
    assert.ok(typeof unresolved === 'string' && unresolved !== '', `${shown} is unresolved without a reason`);
    return;
  }
  assert.ok(Array.isArray(actions) && actions.length > 0, `${shown} resolves to no action`);
  for (const { name, resource } of actions as Action[]) {
    assert.ok(typeof name === 'string' && name !== '', `${shown} resolves to an action without a name`);
    assert.ok(
      resource === undefined || (typeof resource === 'string' && resource !== ''),
      `${shown}: bad resource`,
    );
  }
}

async function assertOverrideSeen({ options, create }: Subject): Promise<void> {
  const provider = create();
  for (const sample of options.samples.filter(({ actions }) => actions !== 'unresolved')) {
    const plain = await resolved(provider, requestFor(sample));
    const method = (sample.method ?? 'GET') === 'DELETE' ? 'PUT' : 'DELETE';
    for (const name of ['X-HTTP-Method-Override', 'x-http-method', 'X-METHOD-OVERRIDE']) {
      const changed = { ...sample, headers: withHeader(sample, name, method) };
      const read = await resolved(provider, requestFor(changed));
      assert.notDeepEqual(read, plain, `${name}: ${method} changes nothing for ${sample.url}`);
    }
  }
}

async function assertPatterns({ options, create }: Subject): Promise<void> {
  const { patterns, hasNoActions } = options.plugin;
  if (patterns === undefined) return;
  const actions = hasNoActions === true ? [] : await sampleActions(create(), options.samples);
  for (const pattern of new Set(['*', ...actions.map(({ name }) => name)])) {
    const canonical = patterns(pattern);
    assert.ok(canonical.length > 0, `${pattern} stands for no pattern`);
    for (const one of canonical)
      assert.deepEqual(patterns(one), [one], `${one} is canonical and is rewritten`);
    assert.ok(canonical.includes(pattern), `${pattern} is what the resolver says, and is rewritten`);
  }
}

async function assertScope({ options, create }: Subject): Promise<void> {
  const { scope } = options.spec as { scope?: Readonly<Record<string, readonly string[]>> };
  const provider = create();
  const isScoped = Object.values(scope ?? {}).some((list) => list.length > 0);
  for (const { name } of await sampleActions(provider, options.samples)) {
    const unknown: Action[] = [
      { name, resource: 'conformance-nowhere/none' },
      { name, reach: 'any' },
    ];
    for (const action of unknown) {
      const outside = provider.scope(action);
      const shown = JSON.stringify(action);
      if (!isScoped) assert.equal(outside, undefined, `${shown} is outside although there is no scope`);
      else assert.ok(outside !== undefined && outside.reason !== '', `${shown} is inside the scope`);
    }
  }
}

function assertDenials({ options, name, create, assertNoSecret }: Subject): void {
  const { deny } = create();
  if (deny === undefined) return;
  const sentences = [`${name}: things:remove is not allowed`, `${name}: <b>"quoted" & 'so'</b> \\ is denied`];
  const denials = sentences.flatMap((message): Denial[] => {
    const said = { provider: name, message, requestId: 'id', actions: [] };
    return [
      { ...said, decision: 'deny', status: 403, rule: 'policy.allow' },
      { ...said, decision: 'refuse', status: 502, rule: 'upstream_unreachable' },
    ];
  });
  for (const denial of denials) {
    for (const sample of options.samples) {
      const { message } = denial;
      const { status, headers, body } = deny(denial, requestFor(sample));
      const text = Buffer.from(body).toString();
      const grpcStatus = isGrpc(headers) ? readGrpcStatus(headers) : undefined;
      const isClientError = denial.decision === 'deny' && status >= 400 && status < 500;
      const isError = status === 200 ? (grpcStatus ?? 0) > 0 : isClientError || status === denial.status;
      const what = denial.decision === 'deny' ? 'a denial' : `a refusal with ${denial.status}`;
      assert.ok(isError, `${what} has status ${status}`);
      assert.equal(headers.length % 2, 0, 'a denial has half a header');
      assert.ok(
        headers.every((value) => !/[\r\n\0]/.test(value)),
        'a denial has a line break in a header',
      );
      const shown = [text, ...headers].join('\n');
      assert.ok(
        writtenForms(message).some((form) => shown.includes(form)),
        'a denial does not say why',
      );
      assertNoSecret(shown, 'a denial');
    }
  }
}

/** A sentence as it stands in plain text, JSON, XML, percent-encoding and gRPC. */
function writtenForms(message: string): string[] {
  const xml = message.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  const quoted = xml.replaceAll('"', '&quot;');
  return [
    message,
    JSON.stringify(message).slice(1, -1),
    xml,
    quoted,
    quoted.replaceAll("'", '&apos;'),
    quoted.replaceAll("'", '&#39;'),
    encodeURIComponent(message),
    encodeURI(message),
    encodeGrpcMessage(message),
  ];
}

async function sampleActions(
  provider: Provider,
  samples: readonly RequestText[],
): Promise<readonly Action[]> {
  const all: Action[] = [];
  for (const sample of samples) {
    const resolution = await resolved(provider, requestFor(sample));
    if ('actions' in resolution) all.push(...resolution.actions);
  }
  return all;
}

/** As the pipeline reads it: what the resolver throws leaves the request unresolved. */
async function resolved(provider: Provider, request: AgentRequest): Promise<Resolution> {
  try {
    return await provider.resolve(request);
  } catch (thrown) {
    if (!isPaiError(thrown)) throw thrown;
    return { unresolved: thrown.message };
  }
}

/** The request, unless no door would let it in. */
function attempt(make: () => AgentRequest): AgentRequest | undefined {
  try {
    return make();
  } catch (thrown) {
    if (thrown instanceof PaiError) return undefined;
    throw thrown;
  }
}
