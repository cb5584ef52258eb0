import type { Action, Denial } from '@pai/core';

/** AWS's own words for a denial, which tools look for, and behind them the whole sentence of Pai, which a refusal has alone. */
export function sentenceOf({ provider, decision, rule, message, actions }: Denial): string {
  if (decision === 'refuse') return message;
  const action = deniedOf(actions, message);
  if (action === undefined) return `Access Denied: ${message}`;
  const { name, resource } = action;
  const on = resource === undefined ? '' : ` on resource: ${resource}`;
  const why = rule.startsWith('policy.deny')
    ? 'with an explicit deny in an identity-based policy'
    : `because no identity-based policy allows the ${name} action`;
  return `User: ${provider} is not authorized to perform: ${name}${on} ${why}. ${message}`;
}

/** The one that the sentence is about: the first that it names, on the resource that it names. */
function deniedOf(actions: readonly Action[], message: string): Action | undefined {
  const first = firstNamed(actions, ({ name }) => name, message) ?? actions[0];
  const same = actions.filter(({ name }) => name === first?.name);
  return firstNamed(same, ({ resource }) => resource, message) ?? first;
}

/** Of those that begin at the same place the longest: `s3:PutObjectAcl`, not the `s3:PutObject` in it. */
function firstNamed(
  actions: readonly Action[],
  textOf: (action: Action) => string | undefined,
  message: string,
): Action | undefined {
  const found = actions.flatMap((action) => {
    const text = textOf(action);
    const at = text === undefined ? -1 : message.indexOf(text);
    return text === undefined || at === -1 ? [] : [{ action, at, length: text.length }];
  });
  return found.sort((a, b) => a.at - b.at || b.length - a.length)[0]?.action;
}
