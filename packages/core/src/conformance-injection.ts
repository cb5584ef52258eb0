import assert from 'node:assert/strict';
import type { Attack, Case } from './conformance-case.ts';
import { withHeader } from './conformance-hostile.ts';
import { createReader, partsOf } from './conformance-reading.ts';
import type { RequestText } from './conformance-request.ts';
import type { Subject } from './conformance-subject.ts';
import { fieldKey, getHeaders } from './headers.ts';
import type { UpstreamRequest } from './request.ts';

/** What an injector writes, and what of the agent's it could take along. */
export function injectionAttacks(subject: Subject): Attack[] {
  return [
    {
      group: 'credential',
      name: 'declares every place that its credential is written to',
      cases: () => placeCases(subject),
    },
    {
      group: 'credential',
      name: 'carries nothing that the agent wrote to another place',
      cases: () => carriedCases(subject),
    },
  ];
}

async function placeCases(subject: Subject): Promise<readonly Case[]> {
  let before: Places = new Map();
  let after: Places = new Map();
  const { bases, judge, provider } = await createReader({
    ...subject,
    create: (fetch) => {
      const made = subject.create(fetch);
      return {
        ...made,
        inject: async (request) => {
          before = placesOf(request);
          await made.inject(request);
          after = placesOf(request);
        },
      };
    },
  });
  const { headers, query = [], path } = provider.credentialSlots;
  const declared = new Set([
    ...headers.map((name) => `the header ${fieldKey(name)}`),
    ...query.map((name) => `the parameter ${name.toLowerCase()}`),
    ...(path === undefined ? [] : ['the path']),
  ]);
  return bases.map(({ sample }): Case => {
    return {
      request: sample,
      what: 'what it writes',
      run: async () => {
        const outcome = await judge(sample);
        if (outcome?.kind !== 'forward') return false;
        const written = [...after].filter(([place, value]) => before.get(place) !== value);
        const others = written.map(([place]) => place).filter((place) => !declared.has(place));
        for (const place of others) {
          assert.ok(!telling.test(place), `it writes ${place}, which is not a slot`);
          const own = withOwn(sample, place);
          if ((await judge(own))?.kind !== 'forward') continue;
          const isKept = after.get(place)?.includes(ownValue) === true;
          assert.ok(!isKept, `it writes ${place}, and what the agent wrote there goes on`);
        }
        return written.length > 0;
      },
    };
  });
}

/** The places of a request's head, by name, with what stands there. */
type Places = ReadonlyMap<string, string>;

/** Names of fields and parameters that hold credentials. */
const telling = /the path|auth|token|key|secret|passw|session|sig|credential|cookie/;

function placesOf({ headers, target }: UpstreamRequest): Places {
  const [path = '', query = ''] = target.split(/\?(.*)/s);
  const fields = headers
    .filter((_, i) => i % 2 === 0)
    .map((name) => [`the header ${fieldKey(name)}`, getHeaders(headers, name).join('\n')] as const);
  const search = new URLSearchParams(query);
  const parameters = [...search.keys()].map((name) => {
    const values = [...search].filter(([other]) => other.toLowerCase() === name.toLowerCase());
    return [`the parameter ${name.toLowerCase()}`, values.map(([, value]) => value).join('\n')] as const;
  });
  return new Map([['the path', path], ...fields, ...parameters]);
}

const ownValue = 'agents-own-5d81c3f0';

function withOwn(sample: RequestText, place: string): RequestText {
  const [, kind = '', name = ''] = /^the (header|parameter) (.*)$/s.exec(place) ?? [];
  if (kind === 'header') return { ...sample, headers: withHeader(sample, name, ownValue) };
  const { origin, path, query } = partsOf(sample.url);
  const before = query === undefined || query === '' ? '' : `${query}&`;
  return { ...sample, url: `${origin}${path}?${before}${encodeURIComponent(name)}=${ownValue}` };
}

/** Where agents have credentials of their own, whatever the service reads. */
const ownFields = [
  'cookie',
  'authorization',
  'proxy-authorization',
  'x-api-key',
  'x-auth-token',
  'x-conformance',
];

async function carriedCases(subject: Subject): Promise<readonly Case[]> {
  const { bases, judge, provider } = await createReader(subject);
  const names = new Set([...ownFields, ...provider.credentialSlots.headers.map(fieldKey)]);
  const bytes = Buffer.from(ownValue);
  const forms = [ownValue, bytes.toString('base64').slice(0, -4), bytes.toString('hex')];
  return bases.flatMap(({ sample }) =>
    [...names].map((name): Case => {
      const request: RequestText = { ...sample, headers: withHeader(sample, name, ownValue) };
      return {
        request,
        what: `${name} of the agent`,
        run: async () => {
          const outcome = await judge(request);
          if (outcome?.kind !== 'forward') return false;
          const { headers, target } = outcome.request;
          const others = headers.flatMap((field, i) => {
            const value = headers[i + 1] ?? '';
            const isItself = fieldKey(field) === fieldKey(name) && value === ownValue;
            return i % 2 === 1 || isItself ? [] : [[`the header ${field}`, value] as const];
          });
          for (const [place, value] of [...others, ['the target', target] as const]) {
            const isThere = forms.some((form) => value.toLowerCase().includes(form.toLowerCase()));
            assert.ok(!isThere, `it goes on in ${place}`);
          }
          return true;
        },
      };
    }),
  );
}
