import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import type { Static, TSchema } from 'typebox';
import { Check as isValid } from 'typebox/value';
import type { RequestText } from './conformance-request.ts';
import { isPaiError, PaiError } from './errors.ts';
import type { Provider, ProviderPlugin } from './provider.ts';
import { Secret, type SecretReader } from './secret.ts';

/** A request and what it means. */
export interface Sample extends RequestText {
  /** Names of its actions, in order, or `unresolved`. */
  readonly actions: readonly string[] | 'unresolved';
  /** The resource that every one of its actions names. */
  readonly resource?: string;
  /** Whether something it does is outside `spec.scope`. Left out: that is not looked at. */
  readonly isOutside?: boolean;
}

/** What `testProvider` tests. */
export interface ConformanceOptions<Schema extends TSchema = TSchema> {
  readonly plugin: ProviderPlugin<Schema>;
  /** A spec with every power in it that the samples need. */
  readonly spec: Static<Schema>;
  /** The Secret's keys, each value recognisable: at least 8 characters that appear nowhere else. */
  readonly secrets: Readonly<Record<string, string>>;
  readonly samples: readonly Sample[];
  /** For a provider that fetches tokens: answers as the token endpoint does. Default: fetching fails the check. */
  readonly fetch?: typeof globalThis.fetch;
}

/** The provider under test, and how to look at what it does. */
export interface Subject {
  readonly options: ConformanceOptions;
  /** `metadata.name` of the Provider resource. */
  readonly name: string;
  /** A fresh provider, of a spec that nobody can change. Without `fetch` it has the one of the options. */
  readonly create: (fetch?: typeof globalThis.fetch) => Provider;
  /** A fresh provider of another spec; undefined when the plugin does not take that. */
  readonly createWith: (spec: unknown) => Provider | undefined;
  /** Every line that its providers have logged. */
  readonly logged: readonly string[];
  /** Fails when a secret can be read in `value`, plain or encoded. `place` says where that is. */
  readonly assertNoSecret: (value: unknown, place: string) => void;
  /** Whether a secret can be read in `text`, plain or encoded. */
  readonly hasSecret: (text: string) => boolean;
}

/** Makes the subject; nothing of the plugin runs before a check does. */
export function createSubject(options: ConformanceOptions): Subject {
  const name = 'conformance';
  const traces = new Set(Object.values(options.secrets).flatMap(tracesOf));
  const hasSecret = (text: string) =>
    [...traces].some((trace) => text.toLowerCase().includes(trace.toLowerCase()));
  const logged: string[] = [];
  const context = {
    name,
    secrets: readerOf(options.secrets, {
      onDerived: (minted) => {
        for (const trace of tracesOf(minted)) traces.add(trace);
      },
      onIdentifier: (shown) => {
        for (const trace of tracesOf(shown)) traces.delete(trace);
      },
    }),
    signal: new AbortController().signal,
    now: () => Date.UTC(2026, 0, 1),
    log: (message: string) => void logged.push(message),
  };
  const make = (spec: unknown, fetch = options.fetch ?? refuseToFetch) =>
    options.plugin.create(frozen(structuredClone(spec)) as typeof options.spec, { ...context, fetch });
  return {
    options,
    name,
    hasSecret,
    logged,
    create: (fetch) => make(options.spec, fetch),
    createWith: (spec) => {
      if (!isValid(options.plugin.spec, spec)) return undefined;
      try {
        return make(spec);
      } catch (thrown) {
        if (isPaiError(thrown) && thrown.code === 'config_invalid') return undefined;
        throw thrown;
      }
    },
    assertNoSecret: (value, place) => {
      const text = typeof value === 'string' ? value : inspect(value, { depth: 12, maxStringLength: null });
      assert.ok(!hasSecret(text), `a secret can be read in ${place}`);
    },
  };
}

const refuseToFetch: typeof globalThis.fetch = async () => {
  throw new Error('the provider used fetch where the contract has no I/O');
};

function readerOf(
  secrets: Readonly<Record<string, string>>,
  { onDerived, onIdentifier }: Record<'onDerived' | 'onIdentifier', (value: string) => void>,
): SecretReader {
  return {
    read: (key, options) => {
      const value = Object.hasOwn(secrets, key) ? secrets[key] : undefined;
      if (value === undefined) throw new PaiError('secret_missing', `secret conformance has no key ${key}`);
      if (options?.isIdentifier === true) onIdentifier(value);
      return new Secret(`conformance/${key}`, value, options);
    },
    derive: (name, value) => {
      onDerived(value);
      return new Secret(name, value);
    },
  };
}

/** What a secret looks like in text: itself, and in base64 (at its three alignments), hex and percent-encoding. */
function tracesOf(secret: string): string[] {
  return [secret, ...membersOf(secret)].flatMap((value) => [
    value,
    encodeURIComponent(value),
    JSON.stringify(value).slice(1, -1),
    Buffer.from(value).toString('hex'),
    ...[0, 1, 2].map((offset) => alignedBase64(value, offset)),
  ]);
}

/** Of a secret that is a JSON file, its longer strings are secrets too. */
function membersOf(secret: string): string[] {
  try {
    return Object.values(JSON.parse(secret) as object).filter(
      (value): value is string => typeof value === 'string' && value.length >= 16,
    );
  } catch {
    return [];
  }
}

/** The characters of base64 that depend on `value` alone when `offset` bytes stand before it. */
function alignedBase64(value: string, offset: number): string {
  const bytes = Buffer.concat([Buffer.alloc(offset), Buffer.from(value)]);
  const start = offset === 0 ? 0 : offset + 1;
  return bytes.toString('base64').slice(start, Math.floor((bytes.length * 8) / 6));
}

function frozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  for (const member of Object.values(value)) frozen(member);
  return Object.freeze(value);
}
