import { inspect } from 'node:util';
import { isPaiError, PaiError, toPaiError } from '@pai/core';
import type { Cli } from './context.ts';

/** Writes an error to stderr: its sentence, a line each when there are several, with its code; with `PAI_DEBUG=1` its stack too. */
export function reportError(cli: Cli, thrown: unknown): void {
  const { code, message, cause } = fileError(thrown) ?? unexpected(thrown);
  for (const line of message.split('\n')) cli.note(`${line} (${code})`);
  if (cli.env['PAI_DEBUG'] !== '1') return;
  cli.stderr.write(`${inspect(thrown)}\n`);
  if (cause !== undefined && cause !== thrown) cli.stderr.write(`${inspect(cause)}\n`);
}

/** The exit status of an error: 2 for wrong usage, 1 for the rest. */
export function exitStatusOf(thrown: unknown): number {
  return toPaiError(thrown, '').code === 'usage' ? 2 : 1;
}

/** What the system said of a file that nobody has put into words. */
function fileError(thrown: unknown): PaiError | undefined {
  const { code, path } = (thrown ?? {}) as NodeJS.ErrnoException;
  if (isPaiError(thrown) || code === undefined || path === undefined) return undefined;
  const message = `${path} cannot be used (${code}); check the path, its permissions and the disk`;
  return new PaiError('state_unwritable', message, { cause: thrown });
}

function unexpected(thrown: unknown): PaiError {
  return toPaiError(thrown, 'something unexpected failed; run it again with PAI_DEBUG=1');
}
