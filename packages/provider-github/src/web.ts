import type { Resolution } from '@pai/core';

/**
 * Names what GitHub serves beside its API: files (`raw`), archives (`codeload`), and the downloads of the web host.
 * Git itself is not read here, and pages for people are unresolved.
 */
export function resolveWeb(
  role: 'web' | 'raw' | 'codeload',
  method: string,
  segments: readonly string[],
): Resolution {
  if (role === 'web' && isGit(segments)) return { unresolved: 'git over HTTP is not read yet' };
  const name = method === 'GET' || method === 'HEAD' ? downloads[role](segments) : undefined;
  if (name === undefined) {
    return { unresolved: 'the path is no API, no archive and no download; use the REST API' };
  }
  const [owner = '', repository = ''] = segments;
  if (!isName(owner) || !isName(repository)) return { unresolved: 'the path has no plain owner/repo' };
  return { actions: [{ name, resource: `${owner}/${repository}` }] };
}

/** An owner, a repository or an organization as GitHub spells them: nothing that could be read as another path. */
export function isName(segment: string): boolean {
  return /^[A-Za-z0-9._-]+$/.test(segment);
}

const downloads = {
  raw: ({ length }: readonly string[]) => (length >= 4 ? 'contents:read' : undefined),
  codeload: ({ length }: readonly string[]) => (length >= 4 ? 'contents:read' : undefined),
  web: (segments: readonly string[]) => {
    if (segments[2] === 'archive' && segments.length >= 4) return 'contents:read';
    const isRelease = segments[2] === 'releases' && segments[3] === 'download' && segments.length >= 6;
    return isRelease ? 'releases:read' : undefined;
  },
};

function isGit(segments: readonly string[]): boolean {
  const [third, fourth] = segments.slice(2);
  if (third === undefined) return false;
  return (
    third === 'git-upload-pack' || third === 'git-receive-pack' || (third === 'info' && fourth !== undefined)
  );
}
