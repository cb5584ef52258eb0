/**
 * Whether some text that begins with `start` may fit a pattern of resources, in which `*` is any run of characters and `?` exactly one:
 * a run takes whatever is left of `start`.
 */
export function canBegin(pattern: string, start: string): boolean {
  for (let i = 0; i < start.length; i++) {
    if (pattern[i] === '*') return true;
    if (pattern[i] !== '?' && pattern[i] !== start[i]) return false;
  }
  return true;
}
