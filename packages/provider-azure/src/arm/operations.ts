import { getHeaders, type ReadonlyRawHeaders } from '@pai/core';
import { foldAscii } from '../fold-ascii.ts';
import { readEndpoint } from '../hosts.ts';
import { readArmPath } from './structure.ts';

/** Operations under way, by the URLs at which the service said that they can be watched. */
export interface Operations {
  /** Remembers the URLs that a response to a judged request names, where they are of Resource Manager. */
  readonly take: (headers: ReadonlyRawHeaders) => void;
  /** Whether a request asks for such a URL. */
  readonly has: (request: { readonly path: string }) => boolean;
}

/**
 * Remembers the last `most` operations: to watch one that was allowed is to see what was allowed, at whatever id the service keeps
 * it. Source: Azure Resource Manager, "Track asynchronous Azure operations".
 */
export function createOperations(most = 10_000): Operations {
  const paths = new Set<string>();
  return {
    has: ({ path }) => paths.size > 0 && paths.has(keyOf(path)),
    take: (headers) => {
      for (const url of urlsOf(headers)) {
        if (readEndpoint(url.host)?.service !== 'arm' || !isOperation(url.pathname)) continue;
        const key = keyOf(url.pathname);
        if (key === '') continue;
        paths.delete(key);
        paths.add(key);
        if (paths.size <= most) continue;
        const [oldest] = paths;
        if (oldest !== undefined) paths.delete(oldest);
      }
    },
  };
}

function urlsOf(headers: ReadonlyRawHeaders): readonly URL[] {
  const values = ['azure-asyncoperation', 'location'].flatMap((name) => getHeaders(headers, name));
  return values.flatMap((value) => (URL.canParse(value) ? [new URL(value)] : []));
}

/** Not a resource, whose own id a scope may leave out. */
function isOperation(path: string): boolean {
  return /\/[a-z]*operation[a-z]*\/[^/]+\/?$/i.test(path);
}

function keyOf(path: string): string {
  try {
    return foldAscii(readArmPath(path).id);
  } catch {
    return '';
  }
}
