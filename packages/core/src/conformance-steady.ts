import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import type { Attack, Case } from './conformance-case.ts';
import { hostileVariants } from './conformance-hostile.ts';
import { createReader, type Reader, shownActions } from './conformance-reading.ts';
import { type RequestText, requestFor } from './conformance-request.ts';
import type { Sample, Subject } from './conformance-subject.ts';
import type { Denial, Resolution } from './decision.ts';
import { isGrpc } from './grpc.ts';

/** What holds whatever is asked, how often, and among what else. */
export function steadinessAttacks(subject: Subject): Attack[] {
  return [
    {
      group: 'limits',
      name: 'reads hostile requests alike, alone and all at once',
      cases: async () => steadyCases(await createReader(subject)),
    },
    {
      group: 'secrecy',
      name: 'denies hostile requests in words, and never throws',
      cases: async () => denialCases(subject, await createReader(subject)),
    },
    {
      group: 'scope',
      name: 'holds nothing to be inside an empty list',
      cases: async () => emptyScopeCases(subject, await createReader(subject)),
    },
    {
      group: 'scope',
      name: 'tells what is inside its scope from what is outside',
      cases: async () => scopeCases(subject, await createReader(subject)),
    },
    {
      group: 'secrecy',
      name: 'logs no secret',
      cases: async () => logCases(subject, await createReader(subject)),
    },
  ];
}

function steadyCases(reader: Reader): Case[] {
  const requests = reader.bases.flatMap(({ sample }) => [sample, ...hostileVariants(sample)]);
  let together: Promise<readonly (Resolution | undefined)[]> | undefined;
  const first = requests.filter(({ body = '' }) => body.length < 100_000);
  return first.map((request, i): Case => {
    return {
      request,
      what: 'the same request again',
      run: async () => {
        together ??= Promise.all(first.map((one) => reader.read(one)));
        const among = (await together)[i];
        if (among === undefined) return false;
        const alone = await reader.read(request);
        assert.ok(isDeepStrictEqual(alone, among), `it is ${shown(among)} at first and ${shown(alone)} then`);
        return true;
      },
    };
  });
}

function shown(resolution: Resolution | undefined): string {
  if (resolution === undefined) return 'answered';
  return 'actions' in resolution ? shownActions(resolution.actions) : 'unresolved';
}

function denialCases(subject: Subject, { provider, bases }: Reader): Case[] {
  const { deny } = provider;
  if (deny === undefined) return [];
  const message = 'conformance: things:remove is not allowed';
  const said = { provider: subject.name, message, requestId: 'id', actions: [] };
  const denials: readonly Denial[] = [
    { ...said, decision: 'deny', status: 403, rule: 'policy.allow' },
    { ...said, decision: 'refuse', status: 400, rule: 'malformed_request' },
  ];
  return bases.flatMap(({ sample }) =>
    hostileVariants(sample).map((request): Case => {
      return {
        request,
        what: 'a hostile request',
        run: async () => {
          const asked = attempt(request);
          if (asked === undefined) return false;
          for (const denial of denials) {
            const { headers, body, status } = deny(denial, asked);
            const text = [...headers, Buffer.from(body).toString()].join('\n');
            subject.assertNoSecret(text, 'a denial');
            const isSaid =
              request.method === 'HEAD' ||
              text.includes(message) ||
              text.includes(encodeURIComponent(message)) ||
              isGrpc(headers);
            assert.ok(isSaid, `a denial with ${status} does not say why`);
            assert.ok(status === 200 || (status >= 400 && status < 600), `a denial has status ${status}`);
          }
          return true;
        },
      };
    }),
  );
}

function attempt(request: RequestText) {
  try {
    return requestFor(request);
  } catch {
    return undefined;
  }
}

/** Emptied lists are either no configuration at all, or hold nothing. */
function emptyScopeCases(subject: Subject, { bases }: Reader): Case[] {
  const { scope } = subject.options.spec as { scope?: Readonly<Record<string, unknown>> };
  if (scope === undefined) return [];
  const lists = Object.entries(scope).filter(([, list]) => Array.isArray(list));
  const emptied = Object.fromEntries(lists.map(([key]) => [key, []]));
  const spec = { ...(subject.options.spec as object), scope: { ...scope, ...emptied } };
  return bases.flatMap(({ sample, actions }) =>
    actions.map((action): Case => {
      return {
        request: sample,
        what: `${shownActions([action])} under an empty scope`,
        run: async () => {
          if (action.resource === undefined && action.reach === undefined) return false;
          const provider = subject.createWith(spec);
          if (provider === undefined) return true;
          const { scope: check } = provider;
          if (
            action.reach === undefined &&
            subject.create().scope({ name: action.name, resource: 'conformance-nowhere/none' }) === undefined
          )
            return false;
          assert.ok(check(action) !== undefined, 'it is inside');
          return true;
        },
      };
    }),
  );
}

function scopeCases(subject: Subject, { provider, read }: Reader): Case[] {
  const told = subject.options.samples.filter(({ isOutside }) => isOutside !== undefined);
  return told.map((sample: Sample): Case => {
    return {
      request: sample,
      what: sample.isOutside === true ? 'a request outside the scope' : 'a request inside the scope',
      run: async () => {
        const resolution = await read(sample);
        if (resolution === undefined || 'unresolved' in resolution) return sample.isOutside === true;
        const isOutside = resolution.actions.some((action) => provider.scope(action) !== undefined);
        assert.equal(
          isOutside,
          sample.isOutside,
          isOutside ? 'it is held to be outside' : 'it is held to be inside',
        );
        return true;
      },
    };
  });
}

/** After everything that the provider does for its samples. */
function logCases(subject: Subject, reader: Reader): Case[] {
  return reader.bases.map(({ sample }): Case => {
    return {
      request: sample,
      what: 'what it logs',
      run: async () => {
        for (const request of [sample, ...hostileVariants(sample)]) await reader.judge(request);
        subject.assertNoSecret(subject.logged, 'the log');
        return true;
      },
    };
  });
}
