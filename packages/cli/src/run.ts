import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { isatty } from 'node:tty';
import { PaiError } from '@pai/core';
import { agentEnvironment, formatListen, startSidecar } from '@pai/sidecar';
import type { Command } from 'commander';
import type { Cli, Register } from './context.ts';
import { overridingVariables } from './overriding.ts';
import { addSidecarOptions, readSidecarFlags, type SidecarFlags } from './sidecar-options.ts';

/** `pai run`: a command with placeholders in its environment, behind a sidecar of its own. */
export const registerRun: Register = (program, cli) => {
  const command = program
    .command('run')
    .description('run a command that holds placeholders only, behind a sidecar of its own')
    .argument('<command...>', 'the command and its arguments, after --');
  addSidecarOptions(command)
    .addHelpText('after', '\nExample:\n  pai run --provider github-writer -- gh pr list')
    .action(async (words: string[], flags: SidecarFlags) => {
      cli.status = await run(words, flags, command, cli);
    });
};

async function run(
  words: readonly string[],
  flags: SidecarFlags,
  command: Command,
  cli: Cli,
): Promise<number> {
  const base = readSidecarFlags(flags, command, cli);
  const dir = await mkdtemp(join(tmpdir(), 'pai-run-'));
  try {
    const sidecar = await startSidecar({
      ...base,
      proxy: [{ address: '127.0.0.1', port: 0 }],
      auditLog: flags.auditLog ?? join(base.home, 'audit.jsonl'),
      log: (line) => (line.startsWith('AUDIT') ? cli.stderr.write(`${line}\n`) : cli.note(line)),
    });
    try {
      const [proxy] = sidecar.addresses.proxy.map(formatListen);
      const given = agentEnvironment({
        ca: sidecar.ca,
        attached: sidecar.attached(),
        dir,
        ...(proxy !== undefined && { proxy }),
      });
      return await execute(words, { ...ambient(cli.env), ...given });
    } finally {
      await sidecar.close(1_000);
    }
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

/** The user's own environment without Pai's settings, and without what would win over those of the agent. */
function ambient(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const kept = Object.entries(env).filter(
    ([name]) => !name.startsWith('PAI_') && !overridingVariables.has(name),
  );
  return Object.fromEntries(kept);
}

/** Runs the command with the terminal as its own. Gives its exit status, 128 + N when signal N ended it. */
function execute(words: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const [file, ...args] = words as [string, ...string[]];
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { env, stdio: 'inherit' });
    // What is typed in a terminal goes to the command as well, and many take a second Ctrl-C for "at once".
    const typed: readonly string[] = [0, 1, 2].some((stream) => isatty(stream)) ? ['SIGINT', 'SIGQUIT'] : [];
    const pass = (signal: NodeJS.Signals) => {
      if (!typed.includes(signal)) child.kill(signal);
    };
    const signals = ['SIGINT', 'SIGQUIT', 'SIGTERM', 'SIGHUP'] as const;
    for (const signal of signals) process.on(signal, pass);
    const settle = (finish: () => void) => {
      for (const signal of signals) process.off(signal, pass);
      finish();
    };
    child.once('error', (error: NodeJS.ErrnoException) => {
      const why = error.code === 'ENOENT' ? 'no such command' : (error.code ?? error.message);
      settle(() => reject(new PaiError('usage', `${file} cannot be run (${why})`, { cause: error })));
    });
    child.once('exit', (status, signal) => {
      settle(() => resolve(status ?? 128 + (signal === null ? 0 : constants.signals[signal])));
    });
  });
}
