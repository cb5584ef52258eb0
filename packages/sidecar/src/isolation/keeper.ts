import { PaiError } from '@pai/core';
import type { Answered } from './peer.ts';
import { type PluginProcess, type ProcessOptions, startProcess } from './process.ts';

/** Milliseconds that answers may take, and the limits of a process. */
export interface IsolationLimits {
  /** Of one call. Default 10,000. */
  readonly deadline?: number;
  /** Of a call for which a token may have to be fetched: what a request means, its credential. Default 35,000. */
  readonly judging?: number;
  /** Without a sign of life while something is asked. Default 3,000. */
  readonly silence?: number;
  /** Before the first new start after an end; it doubles up to 30,000. Default 250. */
  readonly backoff?: number;
  /** Most bytes of memory of a process. Default 256 MiB. */
  readonly memory?: number;
}

/** A process that is there again after it was gone. */
export interface Keeper {
  /** Asks the process. Rejects with `plugin_failed` while there is none, or when no answer comes in time. */
  call(what: string, value?: unknown, options?: CallOptions): Promise<Answered>;
  end(): void;
}

/** How one call is made. */
export interface CallOptions {
  readonly bytes?: Uint8Array;
  /** Milliseconds. */
  readonly deadline?: number;
}

/** What is kept. */
export interface KeeperOptions extends Omit<ProcessOptions, 'memory' | 'onGone'> {
  readonly limits: IsolationLimits;
  /** Makes a new process what the one before it was. What it rejects with ends the process. */
  readonly prepare: (process: Pick<PluginProcess, 'call'>) => Promise<void>;
}

const longestBackoff = 30_000;

/** Milliseconds in which a process has to load its plugin. */
const startDeadline = 20_000;

/** Most calls of one process that wait for their answers. */
const mostWaiting = 1_000;

/** Most of them that were given up: who leaves more without an answer would be full of them in the end. */
const mostLate = mostWaiting / 2;

/** A process is well when it has lived so long, in milliseconds. */
const wellAfter = 30_000;

/**
 * Keeps one process for a plugin. A call that is late is given up; a process that does not even answer `ping` is ended.
 * After an end it is started again by the first call that comes once a time that doubles has passed.
 */
export function createKeeper(options: KeeperOptions): Keeper {
  const { label, log, limits, prepare } = options;
  const { deadline = 10_000, silence = 3_000, backoff = 250, memory = 256 * 1024 * 1024 } = limits;
  let current: ReturnType<typeof start> | undefined;
  let failures = 0;
  let nextAt = 0;
  let isEnded = false;
  const failed = (why: string) => new PaiError('plugin_failed', `the process of ${label} ${why}`);

  const start = () => {
    const startedAt = performance.now();
    const process = startProcess({
      ...options,
      memory,
      onGone: (why) => {
        watch.stop();
        if (isEnded || current?.process !== process) return;
        current = undefined;
        failures = performance.now() - startedAt > wellAfter ? 1 : failures + 1;
        const wait = Math.min(backoff * 2 ** (failures - 1), longestBackoff);
        nextAt = performance.now() + wait;
        log(`${why.message}; it is started again when it is needed, after ${wait} ms`);
      },
    });
    const watch = createSilenceWatch(process, silence);
    const late = () => failed(`was not ready within ${startDeadline} ms`);
    const ready = inTime(prepare(process), startDeadline, late).catch((thrown: unknown) => {
      process.kill('it could not be made ready');
      throw thrown;
    });
    ready.catch(() => undefined);
    return { process, ready, watch, giveUp: createLateWatch(process) };
  };

  return {
    async call(what, value, { bytes, deadline: own = deadline } = {}) {
      if (isEnded) throw failed('was ended, because the configuration has changed; send it again');
      const wait = nextAt - performance.now();
      if (current === undefined && wait > 0) {
        throw failed(`has stopped; it can be started again in ${Math.ceil(wait / 100) / 10} s, see the log`);
      }
      current ??= start();
      const { process, ready, watch, giveUp } = current;
      if (process.waiting() > mostWaiting) throw failed(`has ${mostWaiting} requests waiting; send it later`);
      const ask = async () => {
        await ready;
        watch.begin();
        return process.call(what, value, bytes).finally(watch.end);
      };
      const answer = ask();
      return inTime(answer, own, () => {
        giveUp(answer);
        return failed(`did not answer ${what} within ${own} ms`);
      });
    },
    end() {
      isEnded = true;
      current?.process.kill('the configuration has changed');
    },
  };
}

interface SilenceWatch {
  /** Something is asked. */
  begin(): void;
  /** It is answered. */
  end(): void;
  stop(): void;
}

/** While something is asked: a process that neither answers nor says that it is there is ended. */
function createSilenceWatch(process: PluginProcess, silence: number): SilenceWatch {
  let asked = 0;
  let from = 0;
  let timer: NodeJS.Timeout | undefined;
  const look = () => {
    const quiet = performance.now() - Math.max(process.heardAt(), from);
    if (quiet > silence) process.kill(`it gave no sign of life for ${silence} ms`);
    else if (quiet > silence / 3) process.call('ping').catch(() => undefined);
  };
  const stop = () => {
    clearInterval(timer);
    timer = undefined;
  };
  return {
    begin() {
      asked += 1;
      if (asked === 1) from = performance.now();
      timer ??= setInterval(look, silence / 3).unref();
    },
    end() {
      asked -= 1;
      if (asked === 0) stop();
    },
    stop,
  };
}

/** Counts answers that nobody waits for any more, and ends a process that owes too many. */
function createLateWatch(process: PluginProcess): (answer: Promise<unknown>) => void {
  let late = 0;
  const end = () => {
    late -= 1;
  };
  return (answer) => {
    late += 1;
    answer.then(end, end);
    if (late > mostLate) process.kill(`it left ${mostLate} questions without an answer`);
  };
}

function inTime<T>(promise: Promise<T>, deadline: number, late: () => PaiError): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(late()), deadline);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
