import type { Register } from './context.ts';

const later: Readonly<Record<string, string>> = {
  policy: 'test, suggest or compare policies',
  logs: 'show the audit log',
};

/** Commands that are promised and not built: each says so and fails. */
export const registerLater: Register = (program, cli) => {
  for (const [name, description] of Object.entries(later)) {
    program
      .command(name)
      .description(`${description} (not in this version yet)`)
      .argument('[args...]')
      .allowUnknownOption()
      .action(() => {
        cli.note(`${name} is not in this version yet; see pai --help for what is`);
        cli.status = 1;
      });
  }
};
