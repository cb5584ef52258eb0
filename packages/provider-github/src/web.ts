import type { Resolution } from '@pai/core';
import { isName } from './names.ts';

/**
 * Names what GitHub serves beside its API and git: files (`raw`), files of gists (`gistRaw`), archives (`codeload`), and
 * the downloads of the web host. Pages for people are unresolved.
 */
export function resolveWeb(
  role: 'web' | 'raw' | 'gistRaw' | 'codeload',
  method: string,
  segments: readonly string[],
): Resolution {
  const name = method === 'GET' || method === 'HEAD' ? downloads[role](segments) : undefined;
  if (name === undefined) {
    return { unresolved: 'the path is no API, no git, no archive and no download; use the REST API' };
  }
  if (role === 'gistRaw') return { actions: [{ name }] };
  const [owner = '', repository = ''] = segments;
  if (!isName(owner) || !isName(repository)) return { unresolved: 'the path has no plain owner/repo' };
  return { actions: [{ name, resource: `${owner}/${repository}` }] };
}

const downloads = {
  raw: ({ length }: readonly string[]) => (length >= 4 ? 'contents:read' : undefined),
  gistRaw: ({ length }: readonly string[]) => (length >= 3 ? 'gists:read' : undefined),
  codeload: ({ length }: readonly string[]) => (length >= 4 ? 'contents:read' : undefined),
  web: (segments: readonly string[]) => {
    if (segments[2] === 'archive' && segments.length >= 4) return 'contents:read';
    if (/^(?:raw|tarball|zipball)$/.test(segments[2] ?? '') && segments.length >= 4) return 'contents:read';
    const place = segments.slice(2, 5).join('/');
    const isRelease = /^releases\/(?:download\/|latest\/download$)/.test(place) && segments.length >= 6;
    return isRelease ? 'releases:read' : undefined;
  },
};
