/** A command of `pai` for people to run, about something in a namespace: `default` is the one that it means by itself. */
export function commandIn(namespace: string | undefined, command: string): string {
  return namespace === undefined || namespace === 'default' ? command : `${command} --namespace ${namespace}`;
}
