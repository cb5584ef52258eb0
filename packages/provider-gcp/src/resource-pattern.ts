import { PaiError } from '@pai/core';
import { canBegin, compileResourcePattern, type Matcher } from '@pai/policy';

/** A pattern of resource names, compiled. */
export interface ResourcePattern {
  /** Whether a full resource name fits. */
  readonly matches: Matcher;
  /** Whether every full resource name that begins with this text fits. */
  readonly holdsAllOf: Matcher;
  /** Whether some full resource name that begins with this text might fit. */
  readonly touches: Matcher;
}

const everything: ResourcePattern = { matches: () => true, holdsAllOf: () => true, touches: () => true };

/**
 * Compiles a pattern of resource names: full, `//pubsub.googleapis.com/projects/p/topics/*`, or relative,
 * `projects/p/topics/*`, for whichever service. `*` is any run of characters, `/` included, and `?` is one; but in the name of a
 * project or a bucket with something behind it they stay inside that name, since objects may be called anything. A lone `*` is
 * everything. Throws `config_invalid` for what is no such pattern.
 */
export function compileGcpPattern(pattern: string): ResourcePattern {
  if (pattern === '*') return everything;
  const [service, name] = partsOf(pattern);
  const segments = name.split('/');
  const count = fixedSegments(segments);
  const heads = segments.slice(0, count).map((segment) => compileResourcePattern(segment));
  const rest = segments.length > count ? segments.slice(count).join('/') : undefined;
  const fits = rest === undefined ? undefined : compileResourcePattern(rest);
  const isOpen = rest === undefined && name.endsWith('*');
  const split = (resource: string): string | undefined => {
    const text = nameIn(resource, service);
    return text === undefined ? undefined : restBehind(text, heads);
  };
  const matches: Matcher = (resource) => {
    const behind = split(resource);
    if (behind === undefined) return false;
    if (fits === undefined) return behind === '' || isOpen;
    return behind !== '' && fits(behind.slice(1));
  };
  return {
    matches,
    holdsAllOf: (start) => name.endsWith('*') && matches(start),
    touches: (start) => {
      const behind = split(start);
      if (behind === undefined) return false;
      return rest === undefined ? isOpen || behind === '' : behind !== '' && canBegin(rest, behind.slice(1));
    },
  };
}

/** `projects/p`, and `projects/_/buckets/b`: names that wildcards do not lead out of. */
function fixedSegments(segments: readonly string[]): number {
  return Math.min(segments.length, segments[2] === 'buckets' && segments.length > 3 ? 4 : 2);
}

/** What stands behind the segments that `heads` fit, with its slash; undefined when they do not fit. */
function restBehind(text: string, heads: readonly Matcher[]): string | undefined {
  let at = -1;
  for (const head of heads) {
    if (at >= text.length) return undefined;
    const end = text.indexOf('/', at + 1);
    const next = end === -1 ? text.length : end;
    if (!head(text.slice(at + 1, next))) return undefined;
    at = next;
  }
  return text.slice(at);
}

/** The name behind the service, where the service is this one. */
function nameIn(resource: string, service: string | undefined): string | undefined {
  const slash = resource.indexOf('/', 2);
  if (!resource.startsWith('//') || slash === -1) return undefined;
  return service === undefined || resource.slice(2, slash) === service
    ? resource.slice(slash + 1)
    : undefined;
}

function partsOf(pattern: string): readonly [service: string | undefined, name: string] {
  const remedy =
    'write a name such as projects/my-project/topics/* or //storage.googleapis.com/projects/_/buckets/my-bucket/objects/*, or * alone for everything';
  const [, service, name = pattern] = /^\/\/([^/]*)\/(.*)$/s.exec(pattern) ?? [];
  if (service !== undefined && !/^[a-z0-9-]+(?:\.[a-z0-9-]+)+$/.test(service)) {
    throw unusable(pattern, 'has no service in its first part', remedy);
  }
  if (/^[a-z]+:/i.test(name)) throw unusable(pattern, 'is a URL', remedy);
  if (/^v\d+[a-z0-9]*\//.test(name))
    throw unusable(pattern, 'begins with the version of an API', 'leave that out');
  if (!/^[A-Za-z][\w.-]*(?:\/|$)/.test(name)) {
    throw unusable(pattern, 'does not begin with a plain word such as projects', remedy);
  }
  if (/\/\/|\/$/.test(name) && !name.includes('/objects/')) {
    throw unusable(pattern, 'has an empty part', 'leave out the slash, or write * behind it');
  }
  if (/^buckets\//.test(name)) throw unusable(pattern, 'has no project', `write projects/_/${name}`);
  return [service, name];
}

function unusable(pattern: string, why: string, remedy: string): PaiError {
  return new PaiError('config_invalid', `pattern ${JSON.stringify(pattern)} ${why}; ${remedy}`);
}
