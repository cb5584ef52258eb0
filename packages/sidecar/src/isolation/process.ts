import { type ChildProcess, spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import { PaiError } from '@pai/core';
import { createFrameReader, encodeFrame } from './frames.ts';
import { listenToLines } from './lines.ts';
import { watchMemory } from './memory.ts';
import { childModule, ownDirectories } from './own-modules.ts';
import { createPeer, crossing, type OnCall, type Peer } from './peer.ts';

/** A plugin's process that has been started. */
export interface PluginProcess extends Peer {
  readonly pid: number | undefined;
  /** Milliseconds, of `performance.now`, of the last sign of life. */
  readonly heardAt: () => number;
  /** Ends it at once. */
  kill(why: string): void;
}

/** What a process is started with. */
export interface ProcessOptions {
  /** The package's name, for people. */
  readonly label: string;
  /** Directories that it may read beside Pai's own modules. */
  readonly readable: readonly string[];
  /** Most bytes of memory. */
  readonly memory: number;
  readonly onCall: OnCall;
  /** Answers what the process waits for. What it throws crosses as its sentence. */
  readonly onAsk: (what: string, value: unknown) => unknown;
  /** Takes the credentials out of what the process prints. */
  readonly conceal: (text: string) => string;
  /** Takes what the process prints, a line a call. */
  readonly log: (line: string) => void;
  /** It is gone, and why; called once. */
  readonly onGone: (why: PaiError) => void;
}

/** Most bytes that wait to be read by a process. */
const mostUnread = 128 * 1024 * 1024;

/** Most messages of a process in a second. */
const mostMessages = 200_000;

/**
 * Starts a process that has no environment, no way to files but those it may read, and a channel. It does not keep the
 * sidecar running, except while something is waited for, and ends with it.
 */
export function startProcess(options: ProcessOptions): PluginProcess {
  const { label, readable, memory, onCall, onAsk, conceal, log, onGone } = options;
  const child = spawn(process.execPath, argumentsFor(readable, memory), {
    env: {},
    cwd: '/',
    stdio: ['ignore', 'ignore', 'pipe', 'pipe', 'pipe', 'pipe'],
    windowsHide: true,
  });
  const [, , stderr, input, output, answers] = child.stdio as unknown as [
    null,
    null,
    Readable,
    Writable,
    Readable,
    Writable,
  ];
  let heardAt = performance.now();
  let reason: string | undefined;
  const kill = (why: string) => {
    reason ??= why;
    child.kill('SIGKILL');
  };
  const write = (stream: Writable, frame: Buffer) => {
    stream.write(frame);
    if (stream.writableLength > mostUnread) kill('it does not read what it is told');
  };
  const peer = createPeer({
    write: (frame) => write(input, frame),
    onCall,
    onSaid: (what, value) => {
      if (what === 'ask') write(answers, answerTo(onAsk, value));
    },
  });
  const isFlood = createFloodgate();
  const feed = createFrameReader((frame) => {
    if (isFlood()) throw new RangeError('too many messages');
    peer.receive(frame);
  });
  output.on('data', (chunk: Buffer) => {
    heardAt = performance.now();
    try {
      feed(chunk);
    } catch {
      kill('it said what is no message, or too much');
    }
  });
  for (const stream of [input, output, answers, stderr]) stream.on('error', () => undefined);
  listenToLines(stderr, conceal, log);
  const endWatch = watchMemory(child, memory, kill);
  const gone = (why: string) => {
    endWatch();
    const error = new PaiError('plugin_failed', `the process of ${label} ${why}`);
    peer.end(error);
    onGone(error);
  };
  let isGone = false;
  const once = (why: string) => {
    if (!isGone) gone(why);
    isGone = true;
  };
  child.on('error', ({ message }) => once(`could not be started (${message})`));
  child.on('exit', (code, signal) =>
    once(reason === undefined ? `ended by itself (${signal ?? `status ${code}`})` : `was ended: ${reason}`),
  );
  const keepAlive = keepAliveBy(child);
  return {
    ...peer,
    call: (...call) => keepAlive(peer.call(...call)),
    pid: child.pid,
    heardAt: () => heardAt,
    kill,
  };
}

/** Node's permission model: nothing but reading in these directories. */
function argumentsFor(readable: readonly string[], memory: number): string[] {
  const heap = Math.max(16, Math.floor((memory * 0.6) / 1024 / 1024));
  return [
    '--permission',
    ...[...ownDirectories(), ...readable].map((directory) => `--allow-fs-read=${directory}/*`),
    `--max-old-space-size=${heap}`,
    '--max-semi-space-size=4',
    '--no-warnings',
    '--disable-proto=delete',
    '--no-addons',
    childModule(),
  ];
}

function answerTo(onAsk: ProcessOptions['onAsk'], value: unknown): Buffer {
  const { what, value: inner } = value as { what: string; value: unknown };
  let answer: object;
  try {
    answer = { value: onAsk(what, inner) };
  } catch (thrown) {
    answer = { error: crossing(thrown) };
  }
  return encodeFrame(answer);
}

/** Counts messages; true when there are more in a second than a plugin has to say. */
function createFloodgate(): () => boolean {
  let second = 0;
  let count = 0;
  return () => {
    const now = Math.floor(performance.now() / 1_000);
    count = now === second ? count + 1 : 0;
    second = now;
    return count > mostMessages;
  };
}

/** The process and its channel keep this one running while something is asked, and at no other time. */
function keepAliveBy(child: ChildProcess): <T>(asked: Promise<T>) => Promise<T> {
  const streams = child.stdio as readonly (Socket | null)[];
  let asked = 0;
  const set = (how: 'ref' | 'unref') => {
    child[how]();
    // One that has ended would wait for a connection first, with one listener more each time.
    for (const stream of streams) if (stream?.destroyed === false) stream[how]();
  };
  set('unref');
  return async (promise) => {
    asked += 1;
    if (asked === 1) set('ref');
    try {
      return await promise;
    } finally {
      asked -= 1;
      if (asked === 0) set('unref');
    }
  };
}
