import type { Resolution } from '@pai/core';
import { isName } from './names.ts';

/**
 * Names what GitHub serves beside its API and git: files (`raw`), files of gists (`gistRaw`), archives (`codeload`), and
 * the downloads of the web hosts (`web`, `gist`). Pages for people are unresolved.
 */
export function resolveWeb(
  role: 'web' | 'gist' | 'raw' | 'gistRaw' | 'codeload',
  method: string,
  segments: readonly string[],
): Resolution {
  const name = method === 'GET' || method === 'HEAD' ? downloads[role](segments) : undefined;
  if (name === undefined) {
    return { unresolved: 'the path is no API, no git, no archive and no download; use the REST API' };
  }
  if (name === 'gists:read') return { actions: [{ name }] };
  const [owner = '', repository = ''] = name === 'wiki:read' ? segments.slice(1) : segments;
  if (!isName(owner) || !isName(repository)) return { unresolved: 'the path has no plain owner/repo' };
  return { actions: [{ name, resource: `${owner}/${repository}` }] };
}

const downloads = {
  raw: ({ length, 0: first }: readonly string[]) => {
    if (length < 4) return undefined;
    return first?.toLowerCase() === 'wiki' ? 'wiki:read' : 'contents:read';
  },
  gist: ([, second, third]: readonly string[]) =>
    second === 'raw' || third === 'raw' ? 'gists:read' : undefined,
  gistRaw: ({ length }: readonly string[]) => (length >= 3 ? 'gists:read' : undefined),
  codeload: ({ length, 0: first }: readonly string[]) => {
    if (length < 4) return undefined;
    return first?.toLowerCase() === 'gist' ? 'gists:read' : 'contents:read';
  },
  web: (segments: readonly string[]) => {
    if (segments[2] === 'archive' && segments.length >= 4) return 'contents:read';
    if (/^(?:raw|tarball|zipball)$/.test(segments[2] ?? '') && segments.length >= 4) return 'contents:read';
    const place = segments.slice(2, 5).join('/');
    const isRelease = /^releases\/(?:download\/|latest\/download$)/.test(place) && segments.length >= 6;
    return isRelease ? 'releases:read' : undefined;
  },
};
