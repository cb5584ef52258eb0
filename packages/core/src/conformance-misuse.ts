import assert from 'node:assert/strict';
import { inspect, isDeepStrictEqual } from 'node:util';
import type { Attack, Case } from './conformance-case.ts';
import { hostileVariants, withHeader } from './conformance-hostile.ts';
import {
  assertReadCovers,
  attackSamples,
  type Base,
  createReader,
  partsOf,
  type Reader,
} from './conformance-reading.ts';
import { type RequestText, rawHeadersOf } from './conformance-request.ts';
import type { Subject } from './conformance-subject.ts';
import { getHeaders, withoutHeaders } from './headers.ts';
import { findPlaceholder, placeholderFor } from './placeholder.ts';

/** Credentials, placeholders and proxies' headers where they do not belong. */
export function misuseAttacks(subject: Subject): Attack[] {
  return [
    attackSamples(subject, 'credential', 'lets no placeholder through to the service', (reader, base) =>
      placeholderCases(reader, base, placeholderFor(subject.name)),
    ),
    attackSamples(
      subject,
      'credential',
      'writes its credential once, however often the agent wrote one',
      onceCases,
    ),
    attackSamples(subject, 'credential', 'writes the same credential on the same request', (reader, base) => [
      sameCase(reader, base.sample),
    ]),
    attackSamples(subject, 'headers', 'is not led astray by what proxies write', proxyCases),
    attackSamples(subject, 'headers', 'loses no header that it judged by to Connection', connectionCases),
    attackSamples(
      subject,
      'headers',
      'overlooks no method in lower case, and heeds no content of a GET',
      methodCases,
    ),
    {
      group: 'secrecy',
      name: 'shows no secret in what becomes of hostile requests',
      cases: async () => secrecyCases(subject, await createReader(subject)),
    },
  ];
}

function placeholderCases(reader: Reader, { sample }: Base, placeholder: string): Case[] {
  const { origin, path, query } = partsOf(sample.url);
  const search = query === undefined ? '' : `?${query}`;
  const encoded = Buffer.from(`user:${placeholder}`).toString('base64');
  const escaped = placeholder.replace('p', '%70');
  const fields = [
    'cookie',
    'referer',
    'user-agent',
    'x-conformance',
    'if-none-match',
    'x-api-key',
    'proxy-authorization',
  ];
  const requests: readonly (readonly [string, RequestText])[] = [
    ...fields.map(
      (name) => [name, { ...sample, headers: withHeader(sample, name, `a ${placeholder}`) }] as const,
    ),
    ['base64 in a header', { ...sample, headers: withHeader(sample, 'x-conformance', `Basic ${encoded}`) }],
    [
      'a parameter',
      { ...sample, url: `${origin}${path}?${query === undefined ? '' : `${query}&`}zz=${placeholder}` },
    ],
    [
      'an escaped parameter',
      { ...sample, url: `${origin}${path}?${query === undefined ? '' : `${query}&`}zz=${escaped}` },
    ],
    ['the path', { ...sample, url: `${origin}${path.replace(/\/$/, '')}/${placeholder}${search}` }],
    ['the escaped path', { ...sample, url: `${origin}${path.replace(/\/$/, '')}/${escaped}${search}` }],
  ];
  return requests.map(([what, request]): Case => {
    return {
      request,
      what: `a placeholder in ${what}`,
      run: async () => {
        const outcome = await reader.judge(request);
        if (outcome === undefined) return false;
        if (outcome.kind !== 'forward') return true;
        const { target, headers } = outcome.request;
        const found = findPlaceholder(`${decoded(target)}\n${headers.join('\n')}`);
        assert.equal(found, undefined, 'it reaches the service');
        return true;
      },
    };
  });
}

function decoded(text: string): string {
  return text.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

function onceCases(reader: Reader, { sample }: Base): Case[] {
  const own = 'agents-own-credential-7f3a';
  return reader.provider.credentialSlots.headers.flatMap((name) => {
    const spellings = [name, name.toUpperCase(), name.replaceAll('-', '_')];
    const lists = [
      ...spellings.map((spelling) => [spelling, own]),
      spellings.flatMap((spelling) => [spelling, own]),
      [name, own, name, `${own}2`],
      [name, ''],
      [name, `Basic ${Buffer.from(`x:${own}`).toString('base64')}`],
    ];
    return lists.map((added): Case => {
      const request = {
        ...sample,
        headers: [...rawHeadersOf(sample), ...added],
      };
      return {
        request,
        what: `${added.filter((_, i) => i % 2 === 0).join(', ')} of the agent`,
        run: async () => {
          const outcome = await reader.judge(request);
          if (outcome?.kind !== 'forward') return false;
          const { headers, target } = outcome.request;
          assert.ok(getHeaders(headers, name).length <= 1, `${name} is sent more than once`);
          const sent = `${headers.join('\n')}\n${decoded(target)}`;
          const isKept =
            sent.includes(own) || sent.includes(Buffer.from(own).toString('base64').slice(4, 24));
          assert.ok(!isKept, 'what the agent wrote reaches the service');
          return true;
        },
      };
    });
  });
}

function sameCase(reader: Reader, request: RequestText): Case {
  return {
    request,
    what: 'sent twice',
    run: async () => {
      const outcomes = [await reader.judge(request), await reader.judge(request)];
      const [first, second] = outcomes.map((outcome) =>
        outcome?.kind === 'forward' ? [outcome.request.target, outcome.request.headers] : outcome?.kind,
      );
      if (typeof first === 'string' || first === undefined) return false;
      assert.deepEqual(second, first, 'the second time it is sent otherwise');
      return true;
    },
  };
}

const proxyFields = [
  ['x-forwarded-host', 'evil.example'],
  ['X-Forwarded-Proto', 'http'],
  ['x_forwarded_host', 'evil.example'],
  ['forwarded', 'host=evil.example'],
  ['x-original-url', '/conformance-other'],
  ['X-Rewrite-URL', '/conformance-other'],
  ['x_original_url', '/conformance-other'],
  ['via', '1.1 evil.example'],
  ['x-real-ip', '127.0.0.1'],
] as const;

function proxyCases(reader: Reader, { sample, actions }: Base): Case[] {
  return proxyFields.map(([name, value]): Case => {
    const request = { ...sample, headers: withHeader(sample, name, value) };
    return {
      request,
      what: `${name}: ${value}`,
      run: async () => {
        if (!(await assertReadCovers(reader, request, actions))) return false;
        const outcome = await reader.judge(request);
        const sent =
          outcome?.kind === 'forward' ? inspect(outcome.request.headers, { maxArrayLength: null }) : '';
        assert.ok(!sent.includes(value), 'it reaches the service');
        return true;
      },
    };
  });
}

/** `Connection: X` takes X away at the next hop: what was judged by it may not be. */
function connectionCases(reader: Reader, { sample, actions }: Base): Case[] {
  const raw = rawHeadersOf(sample);
  return raw
    .filter((_, i) => i % 2 === 0)
    .map((name): Case => {
      const request = { ...sample, headers: withHeader(sample, 'connection', `close, ${name}`) };
      const without = {
        ...sample,
        headers: withoutHeaders(raw, new Set([name.toLowerCase().replaceAll('_', '-')])),
      };
      return {
        request,
        what: `Connection: ${name}`,
        run: async () => {
          const alone = await reader.read(without);
          if (alone !== undefined && 'actions' in alone && inspect(alone.actions) === inspect(actions))
            return false;
          const outcome = await reader.judge(request);
          if (outcome?.kind !== 'forward') return outcome !== undefined;
          const isLeft = getHeaders(outcome.request.headers, name).length > 0;
          const isJudgedSo = isDeepStrictEqual(await reader.read(request), alone);
          assert.ok(isLeft || isJudgedSo, `it is judged with ${name}, and goes on without it`);
          return true;
        },
      };
    });
}

function methodCases(reader: Reader, { sample, actions }: Base): Case[] {
  const { method = 'GET', body } = sample;
  const isReading = method === 'GET' || method === 'HEAD';
  const filled: RequestText = {
    ...sample,
    headers: withHeader(sample, 'content-type', 'application/json'),
    body: '{"method":"DELETE","_method":"DELETE","id":1}',
  };
  const requests: readonly (readonly [string, RequestText])[] = [
    ...(isReading
      ? []
      : [['the method in lower case', { ...sample, method: method.toLowerCase() }] as const]),
    ...(isReading && body === undefined ? [['a GET with content', filled] as const] : []),
  ];
  return requests.map(([what, request]): Case => {
    return {
      request,
      what,
      run: () => assertReadCovers(reader, request, actions),
    };
  });
}

/** Every kind of outcome, whatever the request: the log line, the answer, and where the credential stands. */
function secrecyCases(subject: Subject, reader: Reader): Case[] {
  const { credentialSlots } = reader.provider;
  const slots = new Set(credentialSlots.headers.map((name) => name.toLowerCase()));
  return reader.bases.flatMap(({ sample }) =>
    hostileVariants(sample).map((request): Case => {
      return {
        request,
        what: 'a hostile request',
        run: async () => {
          const outcome = await reader.judge(request);
          if (outcome === undefined) return false;
          subject.assertNoSecret(outcome.event, 'the audit event');
          if (outcome.kind === 'respond') {
            const { headers, body } = outcome.response;
            subject.assertNoSecret([...headers, Buffer.from(body).toString()].join('\n'), 'the answer');
            return true;
          }
          const { headers } = outcome.request;
          for (let i = 0; i < headers.length; i += 2) {
            const [name = '', value = ''] = headers.slice(i, i + 2);
            const isPlaced = slots.has(name.toLowerCase()) || !subject.hasSecret(value);
            assert.ok(isPlaced, `the header ${name} holds a secret and is not a slot`);
          }
          return true;
        },
      };
    }),
  );
}
