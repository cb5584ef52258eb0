import type { Action, Denial } from '@pai/core';

/** AWS's own words for a denial, which tools look for, and behind them the whole sentence of Pai. */
export function sentenceOf({ provider, rule, message, actions }: Denial): string {
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
  const named = actions.filter(({ name }) => message.includes(name));
  const [first = actions[0]] = named.sort((a, b) => message.indexOf(a.name) - message.indexOf(b.name));
  const isNamed = ({ name, resource }: Action) =>
    name === first?.name && resource !== undefined && message.includes(resource);
  return actions.find(isNamed) ?? first;
}
