/**
 * Text in the form in which spellings that differ in case alone are equal, also those that only an upper-casing server
 * takes for equal (`ſ` and `S`). Folding two texts and joining them is folding the joined text.
 */
export function foldCase(text: string): string {
  if (isAscii(text)) return text.toLowerCase();
  const lower = text.toLowerCase();
  if (isAscii(lower)) return lower;
  // Lower-casing writes a sigma at the end of a word in another way.
  // Upper-casing writes a small sharp s as two letters, and leaves the capital one.
  return text.toUpperCase().toLowerCase().replaceAll('ς', 'σ').replaceAll('ß', 'ss');
}

function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i += 1) if (text.charCodeAt(i) > 0x7f) return false;
  return true;
}
