import { escapeUnits } from '@pai/core';

/** An agent-written or configured name inside a sentence, so that it can be copied: plain when it is plain, else as a JSON text. */
export function shown(name: string): string {
  const cut = name.length > longest ? `${name.slice(0, longest)}…` : name;
  return /^[\w:./@#*+-]+$/.test(cut) ? cut : quoted(cut);
}

/** Most characters of a name: as many as ids of resources and keys of objects commonly have. */
const longest = 1_000;

/** In visible ASCII: what else there is could look like another name. */
function quoted(name: string): string {
  return JSON.stringify(name).replace(/[^\x20-\x7e]/g, escapeUnits);
}

/** Names separated by commas, at most six of them, then how many more there are. */
export function listed(names: readonly string[]): string {
  return names.length === 0 ? 'nothing' : joined(names.map(shown));
}

/** Phrases separated by commas, at most six of them, then how many more there are. */
export function joined(phrases: readonly string[]): string {
  const most = 6;
  const more = phrases.length > most ? `, ${phrases.length - most} more` : '';
  return phrases.slice(0, most).join(', ') + more;
}
