import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { PaiError } from '@pai/core';
import { findHome, labelPattern, type Plugins } from '@pai/sidecar';
import type { Command } from 'commander';

/** What the command line reads and writes. */
export interface Io {
  readonly env: NodeJS.ProcessEnv;
  readonly stdin: Readable;
  readonly stdout: Writable;
  readonly stderr: Writable;
  /** Provider types. Default: those that come with Pai. */
  readonly plugins?: Plugins;
}

/** What a command works with. */
export interface Cli extends Io {
  /** Provider types: those above, and those of the home's own configuration. */
  plugins: Plugins;
  /** Writes a line of the result. */
  readonly print: (line: string) => void;
  /** Writes a line for the user on stderr: `pai: …`. */
  readonly note: (line: string) => void;
  /** Exit status when the command ends without an error. */
  status: number;
}

/** Adds one command to the program. */
export type Register = (program: Command, cli: Cli) => void;

/** The home and the namespace that the global options name. */
export interface Settings {
  readonly home: string;
  readonly namespace: string;
}

/** The directory of the CA: the one that is named, else `ca` in the home. Throws `usage` for an empty name, which would be the current directory. */
export function caDirectory(named: string | undefined, home: string): string {
  if (named === '') throw new PaiError('usage', '--ca-dir, or PAI_CA_DIR, is empty; name a directory');
  return named ?? join(home, 'ca');
}

/** Reads the global options of a command. Throws `usage` when they name nothing. */
export function settingsOf(command: Command, cli: Cli): Settings {
  const { home, namespace } = command.optsWithGlobals<{ home?: string; namespace?: string }>();
  if (home === '') throw new PaiError('usage', '--home is empty; name a directory');
  if (namespace !== undefined && !new RegExp(labelPattern).test(namespace)) {
    throw new PaiError('usage', '--namespace wants lower-case letters, digits and dashes; correct it');
  }
  return { home: findHome(home, cli.env), namespace: namespace ?? 'default' };
}
