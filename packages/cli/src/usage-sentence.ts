import type { Command } from 'commander';

/** Commander's `error: …\n(Did you mean …?)` as one line of ours, with the help that explains it. */
export function usageSentence(text: string, program: Command, args: readonly string[]): string {
  const what = text
    .trim()
    .replace(/^error: /, '')
    .replace(/\s*\n\s*/g, ' ')
    .replace(/\((Did you mean .*)\?\)$/, (_, hint: string) => hint.replace('Did', 'did'))
    .replace(/' did/, "'; did")
    .replace(/\.$/, '')
    .replace(/\. (Allowed|Expected)/, (_, word: string) => `; ${word.toLowerCase()}`);
  const names = namesIn(args, program);
  const remedy =
    names[0] === 'run' && what.startsWith('unknown option')
      ? '; write -- before the command and its options'
      : '';
  const said = names[0] === 'add' ? withoutValues(what) : what;
  return `${said}${remedy}; see ${['pai', ...names].join(' ')} --help`;
}

/** What somebody wrote in the wrong place may be the credential. */
function withoutValues(what: string): string {
  return what.replace(/( but got \d+): .*/, '$1; give values with --from-file').replace(/=.*'$/, "'");
}

/** The command that the arguments name, and those above it. */
function namesIn(args: readonly string[], command: Command): readonly string[] {
  for (const [i, arg] of args.entries()) {
    const named = command.commands.find((one) => one.name() === arg);
    if (named !== undefined) return [arg, ...namesIn(args.slice(i + 1), named)];
  }
  return [];
}
