import { printable } from '@pai/core';

/** An agent-written or configured name inside a sentence: plain when it is plain, else quoted and cut. */
export function shown(name: string): string {
  return /^[\w:./@#*+-]{1,120}$/.test(name) ? name : printable(name);
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
