import { PaiError } from '@pai/core';
import { canBegin, compileResourcePattern, type Matcher } from '@pai/policy';
import { foldAscii } from './fold-ascii.ts';

/** A pattern of ARM ids or of paths in data planes, compiled. */
export interface AzurePattern {
  /** Whether a resource fits. */
  readonly matches: Matcher;
  /** Whether everything fits whose id or path begins with this text. */
  readonly holdsAllOf: Matcher;
  /** Whether something might fit whose id or path begins with this text. */
  readonly touches: Matcher;
}

/**
 * Compiles a pattern: an ARM id, without regard to case, or the path of something in a data plane, HOST/PATH, of which only the host is
 * without regard to case. `*` is any run of characters and `?` is one. Where the pattern itself goes on after a host, or after a
 * subscription or a resource group of `/subscriptions/S/resourceGroups/RG`, no wildcard before that slash reaches over it. A lone `*` is
 * everything. Throws `config_invalid` for what is no such pattern.
 */
export function compileAzurePattern(pattern: string): AzurePattern {
  if (pattern === '*') return { matches: () => true, holdsAllOf: () => true, touches: () => true };
  refuseUnusable(pattern);
  const shape = shapeOf(fold(pattern));
  const { head, rest } = split(fold(pattern), shape) as Split;
  const heads = head.map((part) => compileResourcePattern(part));
  const fits = compilePart(rest);
  const splitResource = (resource: string) => {
    const theirs = split(fold(resource), shape);
    return theirs !== undefined && heads.every((matches, i) => matches(theirs.head[i] as string))
      ? theirs
      : undefined;
  };
  const matches: Matcher = (resource) => {
    const theirs = splitResource(resource);
    return theirs !== undefined && fits(theirs.rest);
  };
  return {
    matches,
    holdsAllOf: (start) => rest.endsWith('*') && matches(start),
    touches: (start) => {
      const theirs = splitResource(start);
      if (theirs !== undefined) return canBegin(rest, theirs.rest);
      const subscription =
        shape === 'host' ? undefined : /^\/subscriptions\/([^/]+)\/$/.exec(fold(start))?.[1];
      return subscription !== undefined && heads[0]?.(subscription) === true;
    },
  };
}

/** What of a pattern is compared part by part: its host; nothing; its subscription; that and its resource group. */
type Shape = 'host' | 'whole' | 'subscription' | 'group';

interface Split {
  readonly head: readonly string[];
  readonly rest: string;
}

function shapeOf(pattern: string): Shape {
  if (!pattern.startsWith('/')) return 'host';
  const [, first, , third, group, ...others] = pattern.split('/');
  if (first !== 'subscriptions' || third !== 'resourcegroups' || group === undefined) return 'whole';
  return others.length === 0 ? 'subscription' : 'group';
}

/** A text in the shape of a pattern; undefined where it cannot be of that shape. */
function split(text: string, shape: Shape): Split | undefined {
  if (text.startsWith('/') !== (shape !== 'host')) return undefined;
  if (shape === 'whole') return { head: [], rest: text };
  if (shape === 'host') {
    const slash = text.indexOf('/');
    return slash === -1
      ? { head: [text], rest: '' }
      : { head: [text.slice(0, slash)], rest: text.slice(slash) };
  }
  const [, first, subscription = '', third, group, ...others] = text.split('/');
  if (first !== 'subscriptions' || third !== 'resourcegroups' || group === undefined) return undefined;
  if (shape === 'subscription') return { head: [subscription], rest: [group, ...others].join('/') };
  return { head: [subscription, group], rest: others.length === 0 ? '' : `/${others.join('/')}` };
}

/** ARM ids and hosts have no case; what is in a container may. */
function fold(text: string): string {
  if (text.startsWith('/')) return foldAscii(text);
  const slash = text.indexOf('/');
  return slash === -1 ? foldAscii(text) : foldAscii(text.slice(0, slash)) + text.slice(slash);
}

/** The dialect of the policy, which has no pattern for the empty text. */
function compilePart(part: string): Matcher {
  return part === '' ? (text) => text === '' : compileResourcePattern(part);
}

function refuseUnusable(pattern: string): void {
  const refuse = (why: string, remedy: string) =>
    new PaiError('config_invalid', `pattern ${JSON.stringify(pattern)} ${why}; ${remedy}`);
  if (pattern === '') throw refuse('is empty', 'remove it or write what it should match');
  if (/\s/.test(pattern)) throw refuse('has white space', 'write ? where a name has a space');
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(pattern)) {
    throw refuse('is a URL', 'leave out https://, and for Resource Manager its host too');
  }
  if (/^\/\/|[^/]\/$/.test(pattern)) {
    throw refuse('has a slash too many', 'write /* at its end for what stands below it');
  }
  if (pattern.startsWith('/')) {
    if (/^\/(?:subscriptions|providers|tenants)(?:\/|$)|^\/\*/i.test(pattern)) return;
    throw refuse('is no id of Resource Manager', 'begin it with /subscriptions/ or /providers/');
  }
  const host = pattern.split('/', 1)[0] ?? '';
  if (!/^[a-z0-9.*?-]+$/i.test(host) || !/[.*]/.test(host)) {
    throw refuse(
      'begins with no host and no slash',
      'write an id such as /subscriptions/ID/resourceGroups/NAME/*, or HOST/PATH such as ACCOUNT.blob.core.windows.net/CONTAINER/*',
    );
  }
  if (host === pattern && host.endsWith('*')) {
    throw refuse('ends in the middle of a host', 'write the whole host, and /* after it for what it has');
  }
}
