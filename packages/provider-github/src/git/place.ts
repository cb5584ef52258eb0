import { isName } from '../names.ts';

/** What a path of git over HTTP, or of LFS beside it, stands in. */
export interface GitPlace {
  /** The resource that its actions name. */
  readonly noun: 'contents' | 'wiki' | 'gists';
  /** `owner/repo`; a gist has none. */
  readonly repository: string | undefined;
  /** What is asked of it: `info/refs`, `git-receive-pack`, `info/lfs/locks` and so on. */
  readonly service: string;
}

/** Reads `/OWNER/REPO[.wiki][.git]/SERVICE`, or for gists `/[USER/]ID[.git]/SERVICE`; undefined for any other path. */
export function gitPlaceOf(segments: readonly string[], isGist: boolean): GitPlace | undefined {
  const at = isGist ? segments.length - (segments.at(-1) === 'refs' ? 2 : 1) : 2;
  const service = segments.slice(at).join('/');
  if (!/^(?:info\/|git-upload-pack$|git-receive-pack$)/.test(service)) return undefined;
  const [first = '', second, ...others] = segments.slice(0, at);
  const last = (second ?? first).replace(/\.git$/i, '');
  if (others.length > 0 || !isName(first) || !isName(last) || /\.git$/i.test(last)) return undefined;
  if (isGist) return { noun: 'gists', repository: undefined, service };
  const name = last.replace(/\.wiki$/i, '');
  if (second === undefined || name === '') return undefined;
  return { noun: name === last ? 'contents' : 'wiki', repository: `${first}/${name}`, service };
}
