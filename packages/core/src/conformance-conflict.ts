import { isDeepStrictEqual } from 'node:util';
import type { Attack, Case, Group } from './conformance-case.ts';
import {
  assertCovers,
  attackSamples,
  type Base,
  isSame,
  partsOf,
  type Reader,
} from './conformance-reading.ts';
import { type RequestText, rawHeadersOf } from './conformance-request.ts';
import type { Subject } from './conformance-subject.ts';
import type { Action } from './decision.ts';
import { getHeader } from './headers.ts';
import { escapeUnits } from './json-text.ts';

/** Requests that say one thing twice, and differently: servers differ in which of the two they take. */
export function conflictAttacks(subject: Subject): Attack[] {
  const { samples } = subject.options;
  const attack = (group: Group, name: string, pairsOf: PairsOf) =>
    attackSamples(subject, group, name, (reader, base) =>
      pairsOf(base.sample, samples).map((conflict) => caseOf(reader, base, conflict)),
    );
  return [
    attack('parameters', 'takes no side when the query has a parameter twice', queryConflicts),
    attack('content', 'takes no side when a form has a parameter twice', formConflicts),
    attack('content', 'takes no side when JSON has a key twice', jsonConflicts),
    attack('content', 'takes no side between the query and the content', placeConflicts),
    attack('headers', 'takes no side when a header that it reads comes twice', headerConflicts),
  ];
}

interface Conflict {
  readonly what: string;
  /** The sample with the other value in place of its own. */
  readonly other: RequestText;
  /** The sample with both. */
  readonly both: RequestText;
}

type PairsOf = (sample: RequestText, samples: readonly RequestText[]) => Conflict[];

/** The other value matters when it changes the reading; then a request with both does both, or is refused. */
function caseOf(reader: Reader, base: Base, { what, other, both }: Conflict): Case {
  return {
    request: both,
    what,
    run: async () => {
      const alone = await reader.read(other);
      if (alone === undefined || isSame(alone, base.actions)) return false;
      const resolution = await reader.read(both);
      if (resolution === undefined) return false;
      const needed: readonly Action[] =
        'actions' in alone
          ? [
              ...base.actions,
              ...alone.actions.filter((one) => !base.actions.some((b) => isDeepStrictEqual(b, one))),
            ]
          : base.actions;
      assertCovers(resolution, needed);
      return true;
    },
  };
}

function queryConflicts(sample: RequestText, samples: readonly RequestText[]): Conflict[] {
  const { origin, path, query } = partsOf(sample.url);
  if (query === undefined || query === '') return [];
  const at = (pairs: readonly string[]): RequestText => ({
    ...sample,
    url: `${origin}${path}?${pairs.join('&')}`,
  });
  const pool = samples.flatMap(({ url }) => partsOf(url).query?.split('&') ?? []);
  return pairConflicts(query, pool).map(({ what, other, both }) => ({
    what,
    other: at(other),
    both: at(both),
  }));
}

function formConflicts(sample: RequestText, samples: readonly RequestText[]): Conflict[] {
  const form = formOf(sample);
  if (form === undefined) return [];
  const pool = samples.flatMap((one) => formOf(one)?.split('&') ?? []);
  return pairConflicts(form, pool).map(({ what, other, both }) => ({
    what,
    other: { ...sample, body: other.join('&') },
    both: { ...sample, body: both.join('&') },
  }));
}

interface PairConflict {
  readonly what: string;
  readonly other: readonly string[];
  readonly both: readonly string[];
}

function pairConflicts(text: string, pool: readonly string[]): PairConflict[] {
  const pairs = text.split('&');
  return pairs.flatMap((pair, i) => {
    const [name = '', value = ''] = pair.split(/=(.*)/s);
    const before = pairs.slice(0, i);
    const after = pairs.slice(i + 1);
    return otherValues(value, name, pool).flatMap((found) => {
      const second = `${name}=${found}`;
      const escaped = `%${name.charCodeAt(0).toString(16)}${name.slice(1)}=${found}`;
      const other = [...before, second, ...after];
      return [
        { what: `${second} after ${pair}`, other, both: [...pairs, second] },
        { what: `${second} before ${pair}`, other, both: [second, ...pairs] },
        ...(name.startsWith('%') || name === ''
          ? []
          : [{ what: `${escaped} after ${pair}`, other, both: [...pairs, escaped] }]),
      ];
    });
  });
}

/** Values that other samples have for a parameter, then an invented one. */
function otherValues(value: string, name: string, pool: readonly string[]): string[] {
  const known = pool
    .map((pair) => pair.split(/=(.*)/s))
    .filter(([other, found = '']) => other === name && found !== value)
    .map(([, found = '']) => found);
  const invented = /^\d+$/.test(value) ? `${value}1` : `${value}x`;
  return [...new Set([...known.slice(0, 3), invented])];
}

function jsonConflicts(sample: RequestText, samples: readonly RequestText[]): Conflict[] {
  const json = jsonOf(sample);
  if (json === undefined) return [];
  const others = samples.map(jsonOf);
  return leavesOf(json).flatMap((path): Conflict[] => {
    const key = path.at(-1) ?? '';
    const value = valueAt(json, path);
    const known = others
      .map((one) => valueAt(one, path))
      .find((one) => one !== undefined && !isDeepStrictEqual(one, value));
    const changed =
      known ?? (typeof value === 'string' ? `${value}x` : typeof value === 'number' ? value + 1 : 'x');
    const other = { ...sample, body: written(json, path, [[key, changed]]) };
    const own: Member = [key, value];
    const escaped = `${escapeUnits(key.slice(0, 1))}${key.slice(1)}`;
    return [
      {
        what: `${path.join('.')} twice, the other last`,
        other,
        both: { ...sample, body: written(json, path, [own, [key, changed]]) },
      },
      {
        what: `${path.join('.')} twice, the other first`,
        other,
        both: { ...sample, body: written(json, path, [[key, changed], own]) },
      },
      {
        what: `${path.join('.')} and again as ${escaped}`,
        other,
        both: { ...sample, body: written(json, path, [own, [escaped, changed, true]]) },
      },
    ];
  });
}

type Member = readonly [key: string, value: unknown, isEscaped?: boolean];

/** Paths of members that are no objects, at most 40 of them. */
function leavesOf(value: unknown, path: readonly string[] = []): (readonly string[])[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return path.length === 0 ? [] : [path];
  return Object.entries(value)
    .flatMap(([key, member]) => [...leavesOf(member, [...path, key])])
    .slice(0, 40);
}

function valueAt(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((inner, key) => (inner as Record<string, unknown> | undefined)?.[key], value);
}

/** JSON with the member at `path` written as `members`. */
function written(value: unknown, path: readonly string[], members: readonly Member[]): string {
  const [first, ...rest] = path;
  const parts = Object.entries(value as object).flatMap(([key, member]) => {
    if (key !== first) return [`${JSON.stringify(key)}:${JSON.stringify(member)}`];
    if (rest.length > 0) return [`${JSON.stringify(key)}:${written(member, rest, members)}`];
    return members.map(
      ([name, one, isEscaped = false]) =>
        `${isEscaped ? `"${name}"` : JSON.stringify(name)}:${JSON.stringify(one)}`,
    );
  });
  return `{${parts.join(',')}}`;
}

/** A parameter of the content, with another value in the query: it matters where the query alone is read. */
function placeConflicts(sample: RequestText): Conflict[] {
  const { origin, path, query } = partsOf(sample.url);
  const form = formOf(sample);
  const json = jsonOf(sample);
  const inForm = (form?.split('&') ?? []).map((pair) => pair.split(/=(.*)/s) as [string, string?]);
  const inJson = Object.entries(json ?? {}).filter(([, value]) => typeof value === 'string') as [
    string,
    string,
  ][];
  return [...inForm, ...inJson].map(([name, value = '']) => {
    const second = `${json === undefined ? name : encodeURIComponent(name)}=${json === undefined ? value : encodeURIComponent(value)}x`;
    const url = `${origin}${path}?${query === undefined ? '' : `${query}&`}${second}`;
    const rest =
      json === undefined
        ? (form ?? '')
            .split('&')
            .filter((pair) => pair.split('=')[0] !== name)
            .join('&')
        : JSON.stringify(Object.fromEntries(Object.entries(json).filter(([key]) => key !== name)));
    return {
      what: `${second} in the query`,
      other: { ...sample, url, body: rest },
      both: { ...sample, url },
    };
  });
}

function headerConflicts(sample: RequestText, samples: readonly RequestText[]): Conflict[] {
  const raw = rawHeadersOf(sample);
  return raw.flatMap((name, i): Conflict[] => {
    const value = raw[i + 1];
    if (i % 2 === 1 || value === undefined) return [];
    const known = samples
      .map((one) => getHeader(rawHeadersOf(one), name))
      .find((one) => one !== undefined && one !== value);
    const changed = known ?? `${value}x`;
    const other = { ...sample, headers: raw.with(i + 1, changed) };
    return [
      { what: `${name}: ${changed} as well`, other, both: { ...sample, headers: [...raw, name, changed] } },
      { what: `${name}: ${changed} first`, other, both: { ...sample, headers: [name, changed, ...raw] } },
    ];
  });
}

function formOf(sample: RequestText): string | undefined {
  const type = getHeader(rawHeadersOf(sample), 'content-type') ?? '';
  return typeof sample.body === 'string' && /x-www-form-urlencoded/i.test(type) ? sample.body : undefined;
}

function jsonOf(sample: RequestText): Record<string, unknown> | undefined {
  if (typeof sample.body !== 'string' || !sample.body.startsWith('{')) return undefined;
  try {
    return JSON.parse(sample.body);
  } catch {
    return undefined;
  }
}
