import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import type { Attack, Case } from './conformance-case.ts';
import {
  attackSamples,
  type Base,
  isSame,
  partsOf,
  type Reader,
  shownActions,
} from './conformance-reading.ts';
import type { RequestText } from './conformance-request.ts';
import type { Subject } from './conformance-subject.ts';

/** Paths that go on where a sample's ends: what a provider leaves out of its reading, the service may not. */
export function longerPathAttacks(subject: Subject): Attack[] {
  return [
    attackSamples(subject, 'path', 'overlooks no segment after those that it knows', (reader, base) =>
      tails.map((tail) => caseOf(reader, base, tail, () => isMeant(reader, base))),
    ),
    attackSamples(subject, 'path', 'cuts nothing off the last segment of a path', (reader, base) =>
      [';x', ';x=1', '%3Bx'].map((tail) => caseOf(reader, base, tail, async () => false)),
    ),
  ];
}

const tails = ['/conformance-zzz', '/x/y'];

function caseOf(reader: Reader, base: Base, tail: string, isAsMeant: () => Promise<boolean>): Case {
  const { path: emptied = (text: string) => text } = reader.provider.credentialSlots;
  const path = partsOf(base.sample.url).path.replace(/\/$/, '');
  const request = at(base, path + tail);
  return {
    request,
    what: `the path ${path.slice(0, 80)}${tail}`,
    run: async () => {
      if (path === '' || emptied(path + tail) === emptied(path)) return false;
      const another = at(base, `${path.slice(0, path.lastIndexOf('/'))}/conformance-zzz`);
      if (isSame(await reader.read(another), base.actions)) return false;
      const resolution = await reader.read(request);
      if (resolution === undefined) return false;
      if (!isSame(resolution, base.actions)) return true;
      const shown = shownActions(base.actions);
      assert.ok(
        await isAsMeant(),
        `it is read as ${shown}, as without ${tail}; where that is meant, have a sample of a longer path that says so`,
      );
      return false;
    },
  };
}

/** A sample tells that longer paths mean the same, or all of them do where the last segment names no resource. */
async function isMeant(reader: Reader, base: Base): Promise<boolean> {
  const path = partsOf(base.sample.url).path.replace(/\/$/, '');
  const last = path.slice(path.lastIndexOf('/') + 1);
  const longer = reader.bases.filter(({ sample }) => partsOf(sample.url).path.startsWith(`${path}/`));
  if (longer.some(({ actions }) => isDeepStrictEqual(actions, base.actions))) return true;
  if (base.actions.some(({ resource }) => resource?.includes(last) === true)) return false;
  for (const tail of tails) {
    if (!isSame(await reader.read(at(base, path + tail)), base.actions)) return false;
  }
  return true;
}

function at({ sample }: Base, path: string): RequestText {
  const { origin, query } = partsOf(sample.url);
  return { ...sample, url: `${origin}${path}${query === undefined ? '' : `?${query}`}` };
}
