import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { PaiError, type Program, type Redactor } from '@pai/core';
import { createBackoff } from './backoff.ts';
import { programEnvironment } from './environment.ts';
import type { Guard } from './guard.ts';
import { type Session, startSession } from './session.ts';
import { unavailable } from './unavailable.ts';

/** The processes of one Provider. */
export interface Hosted {
  /** The session that an agent got, if it still has it. */
  readonly find: (id: string, agent: string | undefined) => Session | undefined;
  /** A new session. Rejects with `overloaded` and `program_unavailable`. */
  readonly open: (agent: string | undefined) => Promise<{ readonly id: string; readonly session: Session }>;
  /** The one process for all that an agent asks without a session. Rejects as `open`. */
  readonly shared: (agent: string | undefined) => Promise<Session>;
  /** Ends a session; resolves when that is under way. */
  readonly close: (id: string) => void;
  /** Ends everything; resolves when no process is left. */
  readonly end: (isHasty?: boolean) => Promise<void>;
}

/** What the processes of a Provider are started with. */
export interface HostedOptions {
  readonly name: string;
  readonly program: Program;
  /** The directory of its own that it runs in. */
  readonly directory: string;
  readonly guard: Guard;
  /** Resolves to directories of programs that come first in PATH, once they are there. */
  readonly ready: () => Promise<readonly string[]>;
  readonly redactor: () => Redactor | undefined;
  readonly log: (line: string) => void;
  readonly limits: StdioLimits;
  /** Milliseconds, of a clock that nobody sets. */
  readonly now: () => number;
}

/** Milliseconds. */
export interface StdioLimits {
  /** After which a session nobody uses ends. Default 600,000. */
  readonly idle: number;
  /** For which a session has to be unused to make room for another. Default 10,000. */
  readonly spare: number;
  /** In which a program has to answer the first request of a session. Default 60,000. */
  readonly start: number;
}

/** No process yet. */
export function createHosted(options: HostedOptions): Hosted {
  const { name, program, directory, limits, now } = options;
  const sessions = new Map<string, Session>();
  const shared = new Map<string | undefined, Session>();
  const running = new Set<Session>();
  // Ended to make room, and not gone yet.
  const leaving = new Set<Session>();
  const backoff = createBackoff(now);
  let isOver = false;
  let starting = 0;

  const drop = (session: Session) => {
    for (const [id, one] of sessions) if (one === session) sessions.delete(id);
    for (const [agent, one] of shared) if (one === session) shared.delete(agent);
  };
  const stop = (session: Session, isHasty?: boolean) => {
    drop(session);
    return session.end(isHasty);
  };
  const sweep = () => {
    for (const session of running) if (session.idleFor() > limits.idle) void stop(session);
  };
  const timer = setInterval(sweep, Math.max(10, Math.min(limits.idle / 4, 30_000))).unref();
  const makeRoom = () => {
    if (running.size - leaving.size + starting < program.maxProcesses) return;
    const spare = [...running].filter((one) => !leaving.has(one) && one.idleFor() > limits.spare);
    const [longest] = spare.sort((a, b) => b.idleFor() - a.idleFor());
    if (longest === undefined) throw crowded(name, program);
    leaving.add(longest);
    void stop(longest, true);
  };
  const start = async (agent: string | undefined, isShared: boolean): Promise<Session> => {
    if (isOver) throw unavailable(name, 'it is not attached any more');
    const wait = backoff.wait();
    if (wait > 0) throw failing(name, wait);
    makeRoom();
    starting += 1;
    try {
      const paths = await options.ready();
      await mkdir(directory, { recursive: true, mode: 0o700 });
      if (isOver) throw unavailable(name, 'it is not attached any more');
      const session: Session = startSession({
        ...options,
        agent,
        isShared,
        cwd: directory,
        base: programEnvironment({ ambient: process.env, home: directory, paths }),
        redactor: options.redactor(),
        onAnswer: backoff.succeeded,
        onEnd: (_, isEarly) => {
          if (isEarly) backoff.failed();
          drop(session);
          running.delete(session);
          leaving.delete(session);
        },
      });
      running.add(session);
      return session;
    } finally {
      starting -= 1;
    }
  };
  const pending = new Map<string | undefined, Promise<Session>>();
  return {
    find(id, agent) {
      const session = sessions.get(id);
      return session?.agent === agent ? session : undefined;
    },
    async open(agent) {
      const session = await start(agent, false);
      const id = randomBytes(24).toString('base64url');
      sessions.set(id, session);
      return { id, session };
    },
    async shared(agent) {
      const known = shared.get(agent) ?? pending.get(agent);
      if (known !== undefined) return known;
      const started = start(agent, true);
      pending.set(agent, started);
      try {
        const session = await started;
        if (running.has(session)) shared.set(agent, session);
        return session;
      } finally {
        pending.delete(agent);
      }
    },
    close(id) {
      const session = sessions.get(id);
      if (session !== undefined) void stop(session);
    },
    async end(isHasty) {
      isOver = true;
      clearInterval(timer);
      await Promise.all([...running].map((session) => stop(session, isHasty)));
    },
  };
}

function crowded(name: string, { maxProcesses }: Program): PaiError {
  return new PaiError(
    'overloaded',
    `${name}: it has ${maxProcesses} processes of its program already, each in use; end a session first, or raise mcp.maxProcesses`,
  );
}

function failing(name: string, wait: number): PaiError {
  const seconds = Math.ceil(wait / 1_000);
  return unavailable(
    name,
    `its program ends right after its start; it may be started again in ${seconds} s; the log has what it said`,
  );
}
