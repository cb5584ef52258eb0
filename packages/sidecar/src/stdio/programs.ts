import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { AttachedProvider, Program, Redactor } from '@pai/core';
import type { AgentPackages } from '../config.ts';
import { createOnce, type Once } from '../once.ts';
import { deferCall, type Seat } from '../upstream/deferred-call.ts';
import type { Upstream } from '../upstream/pool.ts';
import type { Guard } from './guard.ts';
import type { Hosted, StdioLimits } from './hosted.ts';
import { unavailable } from './unavailable.ts';

/** The programs of the Providers that are served. */
export interface Programs {
  /** What serves these Providers; programs of others end, and so do those that have changed. */
  readonly follow: (attached: readonly Attached[], packages: AgentPackages | undefined) => void;
  /** What takes the requests of a Provider; undefined when that is no program. */
  readonly upstreamOf: (by: Attached) => Upstream | undefined;
  /** Ends everything; resolves when no process is left. */
  readonly close: () => Promise<void>;
}

type Attached = Pick<AttachedProvider, 'name' | 'provider' | 'redactor'>;

/** What programs are run with. */
export interface ProgramsOptions {
  readonly home: string;
  readonly namespace: string;
  /** The Agent whose packages they get. */
  readonly agent: string | undefined;
  readonly log: (line: string) => void;
  readonly limits?: Partial<StdioLimits> | undefined;
}

/** One Provider's, for as long as its program stays the same. */
interface Entry {
  readonly program: Program;
  readonly packages: AgentPackages | undefined;
  redactor: Redactor | undefined;
  readonly hosted: Once<Hosted>;
}

const defaultLimits: StdioLimits = { idle: 600_000, spare: 10_000, start: 60_000 };

/** Runs nothing until the first request for a program; sidecars without one do not load what runs them. */
export function createPrograms({ home, namespace, agent, log, limits: given }: ProgramsOptions): Programs {
  const limits = { ...defaultLimits, ...given };
  const entries = new Map<string, Entry>();
  const ending = new Set<Promise<void>>();
  const parts = createOnce(() => loadParts({ home, namespace, agent, log }));
  let isClosed = false;

  const end = (entry: Entry, isHasty?: boolean) => {
    const ended = entry.hosted.begun().then((hosted) => hosted?.end(isHasty));
    ending.add(ended);
    void ended.then(() => ending.delete(ended));
  };
  const entryOf = (name: string, facts: Omit<Entry, 'hosted'>): Entry => {
    const hosted = createOnce(async () => {
      const { createHosted, guard, ready } = await parts.get();
      return createHosted({
        name,
        program: entry.program,
        directory: join(home, 'programs', namespace, name),
        guard,
        ready: () => ready(entry.packages),
        redactor: () => entry.redactor,
        log,
        limits,
        now: () => performance.now(),
      });
    });
    const entry: Entry = { ...facts, hosted };
    return entry;
  };
  return {
    follow(attached, packages) {
      const serving = new Map<string, Attached>();
      for (const one of attached) if (one.provider.program !== undefined) serving.set(one.name, one);
      for (const [name, entry] of entries) {
        const { provider: { program } = {}, redactor } = serving.get(name) ?? {};
        if (program !== undefined && isSame(entry, program, packages)) {
          entry.redactor = redactor;
          continue;
        }
        entries.delete(name);
        end(entry);
      }
      for (const [name, { provider, redactor }] of serving) {
        if (entries.has(name) || provider.program === undefined) continue;
        entries.set(name, entryOf(name, { program: provider.program, packages, redactor }));
      }
      // Installing takes a while; what goes wrong is said to the request that needs it.
      if (entries.size > 0 && packages?.npm !== undefined) {
        parts
          .get()
          .then(({ ready }) => ready(packages))
          .catch(() => undefined);
      }
    },
    upstreamOf({ name, provider }) {
      if (provider.program === undefined) return undefined;
      const seat = async (request: Parameters<Upstream['send']>[0]): Promise<Seat> => {
        const entry = entries.get(name);
        if (entry === undefined || isClosed) throw unavailable(name, 'it is not attached any more');
        const [hosted, { startProgramCall }] = await Promise.all([entry.hosted.get(), parts.get()]);
        return {
          start: (sink) => startProgramCall(request, { name, hosted, limits }, sink),
          leave: () => {},
        };
      };
      return { send: (request, _, sink) => deferCall(seat(request), sink), close: () => {} };
    },
    async close() {
      isClosed = true;
      for (const entry of entries.values()) end(entry, true);
      entries.clear();
      await Promise.all(ending);
      (await parts.begun())?.guard.close();
    },
  };
}

interface Parts {
  readonly createHosted: typeof import('./hosted.ts').createHosted;
  readonly startProgramCall: typeof import('./call.ts').startProgramCall;
  readonly guard: Guard;
  readonly ready: (packages: AgentPackages | undefined) => Promise<readonly string[]>;
}

async function loadParts(options: Omit<ProgramsOptions, 'limits'>): Promise<Parts> {
  const [{ createHosted }, { startProgramCall }, { createGuard }, { createPackages }] = await Promise.all([
    import('./hosted.ts'),
    import('./call.ts'),
    import('./guard.ts'),
    import('./packages.ts'),
  ]);
  return { createHosted, startProgramCall, guard: createGuard(), ready: createPackages(options) };
}

/** Whether a process would be started the same way. */
function isSame(entry: Entry, program: Program, packages: AgentPackages | undefined): boolean {
  return (
    isDeepStrictEqual(entry.packages, packages) &&
    isDeepStrictEqual(entry.program.command, program.command) &&
    entry.program.maxProcesses === program.maxProcesses &&
    isDeepStrictEqual(Object.keys(entry.program.env), Object.keys(program.env)) &&
    Object.entries(program.env).every(([key, value]) => textOf(entry.program.env[key]) === textOf(value))
  );
}

function textOf(value: Program['env'][string] | undefined): string | undefined {
  return typeof value === 'object' ? value.reveal() : value;
}
