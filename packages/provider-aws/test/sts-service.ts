import { PaiError, type ProviderContext, Secret, type SecretReader } from '@pai/core';
import { onTestFinished } from 'vitest';
import { verifyRequest } from './verifier.ts';

/** What the Secret of the tests holds, each value recognisable. */
export const stored = {
  access_key_id: 'AKIACANARYSTOREDKEY1',
  secret_access_key: 'canaryStoredSecret/abcdefghijklmnop+qrst',
} as const;

/** A call that STS understood. */
export interface StsAsked {
  readonly url: string;
  readonly form: Readonly<Record<string, string>>;
  readonly body: string;
  /** Whose signature it had; undefined of one without. */
  readonly signedBy: string | undefined;
}

/** STS, by its API reference: it knows one access key, checks signatures, and issues sessions. */
export interface StsService {
  readonly fetch: typeof globalThis.fetch;
  readonly asked: readonly StsAsked[];
  /** Milliseconds since the epoch, here and there. */
  time: { here: number; there: number };
  /** Answers the next calls with this error code instead. */
  fail: string | undefined;
  /** Answers the next calls with this document instead. */
  answer: string | undefined;
}

/** Seconds that a session lasts, as the call asks. */
const lifeOf = (form: Readonly<Record<string, string>>) => Number(form['DurationSeconds']) * 1_000;

const scopeOf = (host: string) => ({ service: 'sts', region: host.split('.')[1] ?? '' });

/** Makes one for a test. */
export function createStsService(start: number = Date.UTC(2026, 0, 1)): StsService {
  const asked: StsAsked[] = [];
  const service: StsService = {
    asked,
    time: { here: start, there: start },
    fail: undefined,
    answer: undefined,
    fetch: async (input, init) => {
      const request = new Request(input, init);
      const body = Buffer.from(await request.arrayBuffer());
      const date = new Date(service.time.there).toUTCString();
      const headers = ['host', new URL(request.url).host, ...[...request.headers].flat()];
      const form = Object.fromEntries(new URLSearchParams(body.toString()));
      const respond = (status: number, text: string) => new Response(text, { status, headers: { date } });
      let signedBy: string | undefined;
      if (form['Action'] !== 'AssumeRoleWithWebIdentity') {
        try {
          const keys = { [stored.access_key_id]: { secret: stored.secret_access_key } };
          const { pathname, search } = new URL(request.url);
          const received = { method: request.method, target: pathname + search, headers, body };
          signedBy = verifyRequest(received, { keys, now: service.time.there, scopeOf }).accessKeyId;
        } catch {
          return respond(403, errorOf('SignatureDoesNotMatch'));
        }
      } else if (request.headers.has('authorization')) return respond(400, errorOf('ValidationError'));
      asked.push({ url: request.url, form, body: body.toString(), signedBy });
      if (service.fail !== undefined)
        return respond(service.fail === 'AccessDenied' ? 403 : 400, errorOf(service.fail));
      const end = new Date(service.time.there + lifeOf(form)).toISOString();
      return respond(200, service.answer ?? issue(form['Action'] ?? '', asked.length, end));
    },
  };
  return service;
}

function issue(action: string, number: number, end: string): string {
  return `<${action}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><${action}Result>
    <AssumedRoleUser><Arn>arn:aws:sts::123456789012:assumed-role/agent/x</Arn></AssumedRoleUser>
    <Credentials><SessionToken>canarySessionToken/${number}==</SessionToken><SecretAccessKey>canarySessionSecret${number}</SecretAccessKey>
    <Expiration>${end}</Expiration><AccessKeyId>ASIACANARYSESSION${number}</AccessKeyId></Credentials>
    <PackedPolicySize>6</PackedPolicySize></${action}Result></${action}Response>`;
}

function errorOf(code: string): string {
  const message = `what AWS says of ${stored.access_key_id}`;
  return `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error></ErrorResponse>`;
}

/** What a plugin is handed, and what was concealed of what it made. */
export function contextFor(
  sts: StsService,
  secrets: Readonly<Record<string, string>> = stored,
): ProviderContext & { readonly derived: readonly string[] } {
  const life = new AbortController();
  onTestFinished(() => life.abort());
  const derived: string[] = [];
  return {
    name: 'aws-prod',
    secrets: readerOf(secrets, derived),
    fetch: sts.fetch,
    signal: life.signal,
    now: () => sts.time.here,
    log: () => {},
    derived,
  };
}

function readerOf(secrets: Readonly<Record<string, string>>, derived: string[]): SecretReader {
  return {
    read: (key, options) => {
      const value = secrets[key];
      if (value === undefined) throw new PaiError('secret_missing', `secret aws-creds has no key ${key}`);
      return new Secret(`aws-creds/${key}`, value, options);
    },
    derive: (name, value) => {
      derived.push(value);
      return new Secret(name, value);
    },
  };
}
