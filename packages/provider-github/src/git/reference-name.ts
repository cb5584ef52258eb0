/**
 * Whether a text is the full name of a reference, such as `refs/heads/main`, by the rules of git check-ref-format: a
 * text with `?` or `*` in it never is.
 */
export function isReferenceName(text: string): boolean {
  if (!text.startsWith('refs/') || text.length > 1_024) return false;
  if (/[\x00-\x20\x7f~^:?*[\\]|\.\.|@\{|\.$/.test(text)) return false;
  return text.split('/').every((part) => part !== '' && !part.startsWith('.') && !part.endsWith('.lock'));
}
