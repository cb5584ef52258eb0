import { PaiError, printable, readPath } from '@pai/core';

/** A path of Resource Manager, taken apart. */
export interface ArmPath {
  /** The whole path as an id: one leading slash, no trailing one, escapes decoded, case as written. */
  readonly id: string;
  /** Segments before the first namespace: none, `subscriptions/S`, `subscriptions/S/resourceGroups/RG`; all where there is none. */
  readonly head: readonly string[];
  /** The namespace after the last `/providers`, if there is one: `Microsoft.Storage`. */
  readonly namespace?: string;
  /** The types after it, one for each pair, and the last segment where it stands alone: `storageAccounts`, `listKeys`. */
  readonly types: readonly string[];
  /** The names after it; as many as types, or one fewer. */
  readonly names: readonly string[];
  /** Regions that segments called `locations` name, in lower case. */
  readonly regions: readonly string[];
}

/**
 * Reads a path as Resource Manager does: any case, and doubled slashes in front and a slash at the end count for nothing. Throws
 * `malformed_request` for what can be read in two ways: dot segments, empty or encoded slashes inside, and a resource that
 * is called `providers`.
 */
export function readArmPath(raw: string): ArmPath {
  const { segments, text } = readPath(raw.replace(/^\/+(?=\/)/, ''));
  const odd = segments.find((segment) => /%2f|[?#]/i.test(segment));
  if (odd !== undefined)
    throw refused(raw, `has ${printable(odd)}, where a name cannot have a slash, ? or #`);
  const cut = segments.find((segment) => /[.\s]$/.test(segment));
  if (cut !== undefined) throw refused(raw, `has ${printable(cut)}, whose end some servers leave out`);
  const start = segments.findIndex(isProviders);
  const hasNamespace = start !== -1 && start < segments.length - 1;
  const head = hasNamespace ? segments.slice(0, start) : segments;
  if (start % 2 === 1) throw refused(raw, 'has a name that is "providers"');
  if (hasNamespace && !isScope(head)) throw refused(raw, 'begins with no scope that is known');
  const last = hasNamespace ? lastProvider(segments, start, raw) : undefined;
  const rest = last === undefined ? [] : segments.slice(last + 2);
  const namespace = last === undefined ? undefined : segments[last + 1];
  const types = rest.filter((_, i) => i % 2 === 0);
  const unusual = types.find((type) => !/^[\w$.@~+-]+$/.test(type));
  if (unusual !== undefined)
    throw refused(raw, `has ${printable(unusual)} where a type or a verb should stand`);
  return {
    id: text,
    head,
    ...(namespace !== undefined && { namespace }),
    types,
    names: rest.filter((_, i) => i % 2 === 1),
    regions: regionsOf(segments),
  };
}

/** Whether a path names what holds others, rather than one of them. */
export function isCollection({ namespace, types, names, head }: ArmPath): boolean {
  return namespace === undefined ? head.length % 2 === 1 : types.length > names.length;
}

function isScope([first, , third, ...others]: readonly string[]): boolean {
  if (first !== undefined && !/^subscriptions$/i.test(first)) return false;
  return third === undefined || (/^resourcegroups$/i.test(third) && others.length === 1);
}

function isProviders(segment: string): boolean {
  return segment.length === 9 && segment.toLowerCase() === 'providers';
}

/** Types and names take turns after each namespace, so that a name cannot be taken for `providers`. */
function lastProvider(segments: readonly string[], start: number, raw: string): number {
  let last = start;
  for (let i = start + 2; i < segments.length; i += 1) {
    if (!isProviders(segments[i] as string)) continue;
    if ((i - last) % 2 === 1) throw refused(raw, 'has a name that is "providers"');
    // its types are `providers/features` (Microsoft.Features, "Features")
    if (i === last + 2 && isFeatures(segments.slice(last + 1))) break;
    last = i;
  }
  const namespace = segments[last + 1] ?? '';
  if (!/^[a-z0-9]+(?:\.[a-z0-9]+)+$/i.test(namespace)) {
    throw refused(raw, `has ${printable(namespace)} where a provider's namespace should stand`);
  }
  return last;
}

function isFeatures([namespace = '', , , type = '', ...rest]: readonly string[]): boolean {
  return (
    /^microsoft\.features$/i.test(namespace) && /^features$/i.test(type) && !rest.slice(1).some(isProviders)
  );
}

function regionsOf(segments: readonly string[]): readonly string[] {
  const found = segments.flatMap((segment, i) => {
    const next = segments[i + 1];
    return next !== undefined && /^locations$/i.test(segment) ? [next.toLowerCase()] : [];
  });
  return [...new Set(found)];
}

function refused(raw: string, why: string): PaiError {
  return new PaiError('malformed_request', `the path ${printable(raw)} ${why}; send it in its plain form`);
}
