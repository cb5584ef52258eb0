import assert from 'node:assert/strict';
import type { Attack, Case } from './conformance-case.ts';
import {
  assertReadCovers,
  attackSamples,
  type Base,
  isSame,
  partsOf,
  type Reader,
  shownActions,
} from './conformance-reading.ts';
import type { RequestText } from './conformance-request.ts';
import type { Subject } from './conformance-subject.ts';

/** Paths that two servers read in two ways. */
export function pathAttacks(subject: Subject): Attack[] {
  return [
    attackSamples(
      subject,
      'path',
      'takes no path that leads elsewhere for the one it begins with',
      elsewhereCases,
    ),
    attackSamples(subject, 'path', 'reads escaped letters as the letters they are', escapedCases),
    attackSamples(subject, 'path', 'sends the path and the query that were judged, byte for byte', sentCases),
  ];
}

/** Dots in every spelling, and characters at which some servers stop reading. */
const detours = [
  '/../x',
  '/..',
  '/../../x/y',
  '/%2e%2e/x',
  '/%2E%2e/%2e%2E/x',
  '/..%2fx',
  '/..%2F..%2Fx',
  '/..;/x',
  '/..;a=b/x',
  '%2f..%2fx',
  '/..%5cx',
  '%5c..%5cx',
  '/%252e%252e/x',
  '/.%2e/x',
  '%00/x',
  '%00.json',
  '%0d%0a/x',
  '%2f%2e%2e%2fx',
];

function elsewhereCases(reader: Reader, base: Base): Case[] {
  const { path: emptied = (text: string) => text } = reader.provider.credentialSlots;
  const { origin, path, query } = partsOf(base.sample.url);
  const bare = path.replace(/\/$/, '');
  const search = query === undefined ? '' : `?${query}`;
  const isIn = (text: string) => text === emptied(path) || text === emptied(bare);
  const paths = [...detours.map((detour) => bare + detour), `/.${path}`, `/x/..${path}`, `/x/%2e%2e${path}`];
  return paths.map((changed): Case => {
    const request = { ...base.sample, url: `${origin}${changed}${search}` };
    return {
      request,
      what: `the path ${changed.slice(0, 80)}`,
      run: async () => {
        const resolution = await reader.read(request);
        const isLeftOut = path !== emptied(path) && isIn(emptied(changed));
        if (resolution === undefined || isLeftOut || !isDistinct(base)) return false;
        const shown = shownActions(base.actions);
        assert.ok(!isSame(resolution, base.actions), `it is read as ${shown}, as if nothing had been added`);
        return true;
      },
    };
  });
}

/** An action without a resource can be what the whole service does, wherever the path leads. */
function isDistinct({ actions }: Base): boolean {
  return actions.some(({ resource }) => resource !== undefined);
}

function escapedCases(reader: Reader, base: Base): Case[] {
  const { origin, path, query } = partsOf(base.sample.url);
  const search = query === undefined ? '' : `?${query}`;
  const segments = path.split('/').filter((segment) => /^[a-z]/i.test(segment) && !segment.includes('%'));
  return [...new Set(segments)].map((segment): Case => {
    const escaped = `%${segment.charCodeAt(0).toString(16)}${segment.slice(1)}`;
    const request = { ...base.sample, url: `${origin}${path.replace(segment, escaped)}${search}` };
    return {
      request,
      what: `${escaped} for ${segment}`,
      run: () => assertReadCovers(reader, request, base.actions),
    };
  });
}

function sentCases(reader: Reader, base: Base): Case[] {
  const { credentialSlots } = reader.provider;
  if (credentialSlots.path !== undefined) return [];
  const { origin, path, query } = partsOf(base.sample.url);
  const queries = [query, query === undefined ? 'a=%7E+%20' : `${query}&a=%7E+%20`];
  const paths = [path, `${path}/%7e`, `${path}/a%20b`, `${path}//`, `${path}/a%2Fb`, `${path}/*'()`];
  const targets = [
    ...paths.map((changed) => changed + (query === undefined ? '' : `?${query}`)),
    ...queries.map((search) => path + (search === undefined ? '' : `?${search}`)),
  ];
  return targets.map((target): Case => {
    const request: RequestText = { ...base.sample, url: origin + target };
    return {
      request,
      what: `the target ${target.slice(0, 80)}`,
      run: async () => {
        const outcome = await reader.judge(request);
        if (outcome?.kind !== 'forward') return false;
        const { query: slots = [] } = credentialSlots;
        if (slots.length > 0) {
          const sent = outcome.request.target;
          assert.ok(sent.startsWith(target.split('?')[0] ?? ''), `${sent.slice(0, 80)} is sent`);
        } else assert.equal(outcome.request.target, target, 'another target is sent');
        return true;
      },
    };
  });
}
