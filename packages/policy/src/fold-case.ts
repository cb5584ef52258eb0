/**
 * Text in the form in which spellings that differ in case alone are equal, also those that only an upper-casing server
 * takes for equal (`ſ` and `S`). Folding two texts and joining them is folding the joined text.
 */
export function foldCase(text: string): string {
  const lower = text.toLowerCase();
  if (/^[\x00-\x7f]*$/.test(lower)) return lower;
  // Lower-casing writes a sigma at the end of a word in another way.
  // Upper-casing writes a small sharp s as two letters, and leaves the capital one.
  return text.toUpperCase().toLowerCase().replaceAll('ς', 'σ').replaceAll('ß', 'ss');
}
