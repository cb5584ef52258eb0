import type { Action } from '@pai/core';
import type { GitPlace } from './place.ts';

/** An action of git on a place. `part` is the reference it writes; left out, it writes none. */
export function gitAction(
  { noun, repository }: GitPlace,
  verb: 'read' | 'push' | 'delete',
  part?: string,
): Action {
  const name = `${noun}:${verb}`;
  const resource = repository === undefined ? {} : { resource: repository };
  if (verb === 'read') return { name, ...resource };
  return part === undefined ? { name, ...resource, hasNoPart: true } : { name, ...resource, part };
}
