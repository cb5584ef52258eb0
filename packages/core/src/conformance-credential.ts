import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import type { Check } from './conformance-case.ts';
import { hostileVariants, withHeader } from './conformance-hostile.ts';
import { type RequestText, requestFor } from './conformance-request.ts';
import type { Subject } from './conformance-subject.ts';
import type { ForwardOutcome } from './outcome.ts';
import { createPipeline } from './pipeline.ts';
import { placeholderFor } from './placeholder.ts';
import type { Provider } from './provider.ts';
import type { UpstreamRequest } from './request.ts';
import { resolveRequest } from './resolve-request.ts';

/** Where credentials go, and where they must not. */
export function credentialChecks(subject: Subject): Check[] {
  return [
    { name: 'shows no secret in itself', run: () => assertHidden(subject) },
    {
      name: 'lets a request through with the credential in its slots only',
      run: () => assertInjects(subject),
    },
    { name: "drops the agent's own credential from every slot", run: () => assertStrips(subject) },
    {
      name: 'drops what the agent wrote where the path holds the credential, and shows it nowhere',
      run: () => assertPathStrips(subject),
    },
    {
      name: 'leaves the method, the host and the agent’s request alone',
      run: () => assertUnchanged(subject),
    },
    { name: 'answers for the service without a secret', run: () => assertAnswers(subject) },
  ];
}

function assertHidden({ create, assertNoSecret }: Subject): void {
  assertNoSecret(inspect(create(), { depth: 12, showHidden: true }), 'the provider');
}

async function assertInjects(subject: Subject): Promise<void> {
  const provider = subject.create();
  const sent = await forwarded(subject, provider);
  assert.ok(sent.length > 0, 'no sample is forwarded');
  for (const { request, event } of sent) {
    subject.assertNoSecret(event, 'the audit event');
    const headerSlots = new Set(provider.credentialSlots.headers.map((name) => name.toLowerCase()));
    for (let i = 0; i < request.headers.length; i += 2) {
      const [name = '', value = ''] = request.headers.slice(i, i + 2);
      const isSlot = headerSlots.has(name.toLowerCase());
      assert.ok(isSlot || !subject.hasSecret(value), `the header ${name} holds a secret and is not a slot`);
      assert.ok(!/[\r\n\0]/.test(value), `the header ${name} has a line break`);
    }
    const [path = ''] = request.target.split('?', 1);
    const rest = provider.credentialSlots.path?.(path) ?? path;
    assert.ok(!subject.hasSecret(rest), 'the path holds a secret where there is no slot');
    const querySlots = new Set((provider.credentialSlots.query ?? []).map((name) => name.toLowerCase()));
    for (const [name, value] of new URLSearchParams(request.target.split(/\?(.*)/s)[1] ?? '')) {
      const isSlot = querySlots.has(name.toLowerCase());
      assert.ok(
        isSlot || !subject.hasSecret(value),
        `the parameter ${name} holds a secret and is not a slot`,
      );
    }
    const content = await request.body.bytes(mostContent);
    assert.ok(!subject.hasSecret(content.toString('latin1')), 'the content holds a secret');
  }
}

const mostContent = 1 << 20;

async function assertStrips(subject: Subject): Promise<void> {
  const provider = subject.create();
  const own = 'agents-own-credential-2b7e';
  const { headers, query = [] } = provider.credentialSlots;
  for (const name of headers.flatMap(oddCases)) {
    const add = (sample: RequestText) => ({ ...sample, headers: withHeader(sample, name, own) });
    await assertGone(subject, provider, add, own, `the header ${name}`);
    const hop = (sample: RequestText) => ({
      ...sample,
      headers: [...withHeader(sample, 'connection', name), name, placeholderFor(subject.name)],
    });
    await assertGone(
      subject,
      provider,
      hop,
      placeholderFor(subject.name),
      `the header ${name}, named by Connection`,
    );
  }
  for (const name of query.flatMap((slot) => [...oddCases(slot), percentEncoded(slot)])) {
    const add = (sample: RequestText) => {
      const url = sample.url.replace(/#.*/s, '');
      return { ...sample, url: `${url}${url.includes('?') ? '&' : '?'}${name}=${own}` };
    };
    await assertGone(subject, provider, add, own, `the parameter ${name}`);
  }
}

/** What the agent wrote into the slot of a path is nowhere in what is logged and sent, whatever it is. */
async function assertPathStrips(subject: Subject): Promise<void> {
  const provider = subject.create();
  const { path: empty, shownPath = (path: string) => path } = provider.credentialSlots;
  if (empty === undefined) return;
  for (const sample of subject.options.samples) {
    const { path } = requestFor(sample);
    const only = (text: RequestText) => (text === sample ? text : undefined);
    for (const { request, event } of await forwarded(subject, provider, only)) {
      const shown = inspect([request.target, request.headers, event], { maxStringLength: null });
      for (const text of slotTexts(path, empty(path))) {
        assert.ok(!shown.includes(text), `what the agent writes into ${empty(path)} is passed on or logged`);
      }
      assert.equal(event.path, shownPath(empty(path)), 'the audit event has another path');
    }
  }
  for (const text of subject.options.samples.flatMap(hostileVariants)) {
    const [path = ''] = text.url.replace(/^https?:\/\/[^/]*/, '').split('?', 1);
    assert.equal(empty(empty(path)), empty(path), `emptying ${path} twice is not emptying it once`);
  }
}

/** The segments that emptying takes away, as far as they can be told from what it leaves. */
function slotTexts(path: string, emptied: string): string[] {
  return path.split('/').filter((segment) => !emptied.includes(segment));
}

async function assertGone(
  subject: Subject,
  provider: Provider,
  change: (sample: RequestText) => RequestText,
  credential: string,
  place: string,
): Promise<void> {
  for (const { request } of await forwarded(subject, provider, change, { mayRefuse: true })) {
    const text = [request.target, ...request.headers].join('\n');
    assert.ok(
      !text.includes(credential),
      `a credential that the agent puts into ${place} reaches the service`,
    );
  }
}

async function assertUnchanged(subject: Subject): Promise<void> {
  const provider = subject.create();
  for (const sample of subject.options.samples) {
    const agents = requestFor(sample);
    const before = inspect(agents, { depth: 4 });
    await resolveRequest(provider, agents);
    assert.equal(inspect(agents, { depth: 4 }), before, 'the resolver changes the request');
    const { method, host, port, target, body } = agents;
    const upstream: UpstreamRequest = { method, host, port, target, headers: [...agents.headers], body };
    await provider.inject(upstream);
    const after = [upstream.method, upstream.host, upstream.port];
    assert.deepEqual(after, [method, host, port], 'the injector changes what was judged');
    assert.ok(upstream.target.startsWith('/'), 'the injector leaves no path');
    assert.equal(upstream.headers.length % 2, 0, 'the injector leaves half a header');
  }
}

async function assertAnswers(subject: Subject): Promise<void> {
  const { answer } = subject.create();
  if (answer === undefined) return;
  for (const text of subject.options.samples.flatMap((sample) => [sample, ...hostileVariants(sample)])) {
    try {
      const response = await answer(requestFor(text));
      if (response === undefined) continue;
      subject.assertNoSecret(
        [...response.headers, Buffer.from(response.body).toString()].join('\n'),
        'an answer',
      );
    } catch (thrown) {
      if (thrown instanceof assert.AssertionError) throw thrown;
      subject.assertNoSecret(thrown, 'what answer throws');
    }
  }
}

/** What becomes of the samples that are forwarded when the policy allows everything. A refused one leaks nothing. */
async function forwarded(
  { name, options }: Subject,
  provider: Provider,
  change: (sample: RequestText) => RequestText | undefined = (sample) => sample,
  { mayRefuse = false } = {},
): Promise<ForwardOutcome[]> {
  const { judge } = createPipeline([
    {
      name,
      type: options.plugin.type,
      provider,
      decide: () => ({ effect: 'allow', rule: 'conformance', reason: 'everything is allowed' }),
      enforcement: 'enforce',
      isLogged: true,
    },
  ]);
  const found: ForwardOutcome[] = [];
  for (const sample of options.samples) {
    const changed = change(sample);
    if (changed === undefined) continue;
    const outcome = await judge(requestFor(changed));
    if (outcome.kind === 'forward') found.push(outcome);
    else if (mayRefuse && outcome.event.decision === 'refuse') continue;
    else if (sample.actions !== 'unresolved' && outcome.event.decision !== 'answer') {
      assert.fail(`${sample.url} is not forwarded: ${outcome.event.reason}`);
    }
  }
  return found;
}

function oddCases(name: string): string[] {
  const alternating = [...name].map((letter, i) =>
    i % 2 === 0 ? letter.toUpperCase() : letter.toLowerCase(),
  );
  return [...new Set([name, name.toLowerCase(), name.toUpperCase(), alternating.join('')])];
}

function percentEncoded(name: string): string {
  return [...Buffer.from(name)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
}
