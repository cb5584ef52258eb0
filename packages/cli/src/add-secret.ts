import { PaiError } from '@pai/core';
import { checkSecretKey, checkSecretValue, createSecretStore } from '@pai/sidecar';
import { collect } from './collect.ts';
import { type Register, settingsOf } from './context.ts';
import { readEnvFile, readLiteral, readPath, readValueFile, type SecretValue } from './secret-values.ts';

interface Options {
  readonly fromLiteral?: string[];
  readonly fromFile?: string[];
  readonly fromEnvFile?: string[];
  readonly fromPath?: string[];
}

/** `pai add secret`: stores credentials, encrypted. */
export const registerAddSecret: Register = (program, cli) => {
  program
    .command('add')
    .description('add a secret')
    .command('secret')
    .description(
      'store a credential, encrypted; on an existing secret, replaces the given keys and keeps the others',
    )
    .argument('<name>')
    .option(
      '--from-literal <key=value>',
      'a value; others on this machine may see it while this runs',
      collect,
    )
    .option(
      '--from-file <key=path>',
      'the content of a file, - for standard input, without one newline at its end',
      collect,
    )
    .option('--from-env-file <path>', 'every KEY=VALUE line of a file', collect)
    .option(
      '--from-path <key=path>',
      'a file that keeps the value: read by the sidecar, again whenever it changes, and not copied',
      collect,
    )
    .addHelpText('after', '\nExample:\n  pai add secret github-pat --from-file token=token.txt')
    .action(async (name: string, options: Options, command) => {
      const { home, namespace } = settingsOf(command, cli);
      const values: SecretValue[] = (options.fromLiteral ?? []).map(readLiteral);
      for (const given of options.fromFile ?? []) values.push(await readValueFile(given, cli.stdin));
      for (const path of options.fromEnvFile ?? []) values.push(...(await readEnvFile(path)));
      const files = (options.fromPath ?? []).map(readPath);
      checkKeys(name, [...values, ...files]);
      for (const { key, value, isMultiline } of values) checkSecretValue(name, key, value, isMultiline);
      const data = Object.fromEntries(values.map(({ key, value }) => [key, value]));
      const paths = Object.fromEntries(files.map(({ key, path }) => [key, path]));
      const change = await createSecretStore(home).put(namespace, name, data, paths);
      cli.print(`secret/${name} ${change}`);
    });
};

function checkKeys(name: string, given: readonly { readonly key: string }[]): void {
  if (given.length === 0) {
    throw new PaiError(
      'usage',
      `secret ${name} was given no value; add --from-literal KEY=VALUE, --from-file KEY=PATH, --from-env-file PATH or --from-path KEY=PATH`,
    );
  }
  const keys = new Set<string>();
  for (const { key } of given) {
    checkSecretKey(name, key);
    if (keys.has(key))
      throw new PaiError('usage', `secret ${name} was given the key ${key} twice; give it once`);
    keys.add(key);
  }
}
