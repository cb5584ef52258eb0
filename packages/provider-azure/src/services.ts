import type { Action } from '@pai/core';

/** The service of an action as `config.services` may write it: `Microsoft.Storage`, and `storage` for short. */
export function serviceOf({ name }: Action): readonly [string, ...string[]] {
  const namespace = name.slice(0, Math.max(name.indexOf('/'), 0));
  const short = /^microsoft\.(.+)$/i.exec(namespace)?.[1];
  return short === undefined ? [namespace] : [namespace, short.toLowerCase()];
}
