import { canonicalJson, digestOf, escapeUnits, readJson } from '@pai/core';

/**
 * A definition, as `readJson` has it, for people: canonical JSON on many lines, in which everything that a terminal or an
 * eye would not show as it stands (control characters, directions of writing, invisible ones) is written as `\uXXXX`.
 */
export function formatDefinition(definition: unknown): string {
  return escapeUnseen(canonicalJson(definition, 2));
}

/** The digest of the definition that a text of `formatDefinition` stands for. Throws `malformed_request` for another text. */
export function digestOfText(text: string): string {
  return digestOf(readJson(text));
}

function escapeUnseen(text: string): string {
  // Separators other than the space look like it; those that Unicode lets a renderer ignore may hide a whole text.
  // Made here, since V8 takes a millisecond for it.
  const unseen = /(?![ \n])[\p{C}\p{Z}\p{Default_Ignorable_Code_Point}]/gu;
  return text.replace(unseen, escapeUnits);
}
