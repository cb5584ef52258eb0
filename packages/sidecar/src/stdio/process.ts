import { type ChildProcess, spawn } from 'node:child_process';
import { PaiError, type Program, type Secret } from '@pai/core';
import type { ErrorLog } from './error-log.ts';
import type { Guard } from './guard.ts';
import { createLineReader } from './line-reader.ts';
import { unavailable } from './unavailable.ts';

/** A process that is running, or has ended. */
export interface Running {
  /** Writes one line. Throws `overloaded` when the process has not taken what was written before. */
  readonly write: (line: Buffer) => void;
  /** Reads no more of its output until `resume`. */
  readonly pause: () => void;
  readonly resume: () => void;
  /** Ends it and what it has started; resolves when that is done. `isHasty`: it gets no time to end by itself. */
  readonly stop: (isHasty?: boolean) => Promise<void>;
}

/** What a process is started with. */
export interface ProcessOptions {
  /** Of the Provider, for sentences. */
  readonly name: string;
  readonly program: Program;
  readonly cwd: string;
  /** What the environment begins with. */
  readonly base: Readonly<Record<string, string>>;
  readonly guard: Guard;
  readonly errors: ErrorLog;
  readonly onLine: (line: Buffer) => void;
  /** Called once, when nothing more comes of it. */
  readonly onEnd: (why: PaiError) => void;
}

/** Most bytes of a line, and of lines that it has not taken. */
const longestLine = 16 << 20;
const mostWaiting = 8 << 20;
/** Milliseconds between the steps of ending a process: its input ends, SIGTERM, SIGKILL. */
const patience = 1_000;
/** Milliseconds in which what a dead process has written still comes. */
const afterwards = 250;

/** Starts a program in a process group of its own. It may turn out in `onEnd` that it could not be started. */
export function startProcess(options: ProcessOptions): Running {
  const { name, program, guard, errors } = options;
  const [file, ...given] = program.command;
  let why: PaiError | undefined;
  let isEnded = false;
  const gone = Promise.withResolvers<void>();
  const timers: NodeJS.Timeout[] = [];

  const end = (error: PaiError) => {
    if (isEnded) return;
    isEnded = true;
    for (const timer of timers) clearTimeout(timer);
    gone.resolve();
    options.onEnd(why ?? error);
  };
  const child = spawn(file, given, {
    cwd: options.cwd,
    env: { ...options.base, ...reveal(program.env) },
    detached: true,
    stdio: 'pipe',
    windowsHide: true,
  });
  child.once('error', (error: NodeJS.ErrnoException) => end(notStarted(name, file, error)));
  if (child.stdin === undefined) {
    // Nobody knows of it, so that nobody is to be told.
    isEnded = true;
    throw unavailable(name, 'its program cannot be started: this process has too many files open');
  }
  if (child.pid !== undefined) guard.add(child.pid);
  const kill = (signal: NodeJS.Signals) => killGroup(child, signal);
  const reader = createLineReader(longestLine, options.onLine, () => {
    why = unavailable(name, `its program wrote a line of more than ${longestLine} bytes, and was ended`);
    kill('SIGKILL');
  });
  child.stdout.on('data', reader.read);
  child.stderr.on('data', errors.read);
  for (const stream of [child.stdin, child.stdout, child.stderr]) stream.on('error', () => {});
  child.once('exit', (status, signal) => {
    // What it has started is of no use without it.
    kill('SIGKILL');
    if (child.pid !== undefined) guard.remove(child.pid);
    const how = signal === null ? `with status ${status}` : `by ${signal}`;
    const error = unavailable(name, `its program ended ${how}; the log has what it said`);
    child.once('close', () => end(error));
    // Something that left its group may keep the pipes open.
    timers.push(setTimeout(() => end(error), afterwards));
  });

  return {
    write(line) {
      if (isEnded || !child.stdin.writable) throw why ?? unavailable(name, 'its program has ended');
      if (child.stdin.writableLength > mostWaiting) throw busy(name);
      child.stdin.write(Buffer.concat([line, lineFeed]));
    },
    pause: () => void child.stdout.pause(),
    resume: () => void child.stdout.resume(),
    stop(isHasty = false) {
      if (isEnded) return gone.promise;
      why ??= unavailable(name, 'its program was ended');
      child.stdin.end();
      child.stdout.resume();
      const wait = isHasty ? 0 : patience;
      timers.push(setTimeout(() => kill('SIGTERM'), wait));
      timers.push(setTimeout(() => kill('SIGKILL'), wait + patience));
      return gone.promise;
    },
  };
}

const lineFeed = Buffer.from('\n');

function reveal(env: Program['env']): Record<string, string> {
  const entries = Object.entries(env);
  return Object.fromEntries(entries.map(([key, value]) => [key, isSecret(value) ? value.reveal() : value]));
}

function isSecret(value: string | Secret): value is Secret {
  return typeof value !== 'string';
}

function killGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    if (process.platform === 'win32') child.kill(signal);
    else process.kill(-child.pid, signal);
  } catch {
    // It is gone.
  }
}

function notStarted(name: string, file: string, { code, message }: NodeJS.ErrnoException): PaiError {
  const why = code === 'ENOENT' ? 'there is no such program' : (code ?? message);
  const remedy = "install it, or list it in the Agent's packages.npm";
  return unavailable(name, `${JSON.stringify(file)} cannot be started (${why}); ${remedy}`);
}

function busy(name: string): PaiError {
  return new PaiError('overloaded', `${name}: its program does not take what it is sent; try again later`);
}
