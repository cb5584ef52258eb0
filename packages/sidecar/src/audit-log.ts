import { closeSync, createWriteStream, fstatSync, openSync, readSync, statSync, WriteStream } from 'node:fs';
import type { Writable } from 'node:stream';
import { type AuditEvent, PaiError } from '@pai/core';
import { createLineBuffer } from './line-buffer.ts';

/** Where finished events go. */
export interface AuditLog {
  write(event: AuditEvent): void;
  /** Why events cannot be kept, while they cannot. Requests are refused meanwhile: nothing is served unrecorded. */
  obstacle(): PaiError | undefined;
  /** Requests refused before they were judged that are not in it, since it could not take them. */
  readonly lost: () => number;
  /** Writes what is buffered. */
  close(): Promise<void>;
}

/** A buffer this full is written at once. */
const flushBytes = 64 * 1024;
/** Milliseconds a line waits for others. */
const flushDelay = 100;
/** Unwritten bytes past which requests are refused until the log has caught up. */
const maxPending = 4 * 1024 * 1024;

/**
 * JSON lines, batched. `destination` is a file to append to (made with mode 0600) or `-` for standard output. After a
 * write error the next flush tries again, and until one succeeds `obstacle` says so. Throws `state_unwritable` when the
 * file cannot be opened.
 */
export function createAuditLog(destination: string, onError: (error: Error) => void): AuditLog {
  const open = () => (destination === '-' ? standardOutput() : appendTo(destination));
  if (destination === '-') process.stdout.on('error', () => {});
  else checkAppendable(destination);
  let stream: Writable = open();
  const pending = createLineBuffer();
  if (destination !== '-' && isTorn(destination)) pending.add('\n');
  let lost = 0;
  let failure: Error | undefined;
  let timer: NodeJS.Timeout | undefined;
  let flushing: Promise<void> = Promise.resolve();

  const flush = async () => {
    clearTimeout(timer);
    timer = undefined;
    const bytes = pending.take();
    if (bytes.length === 0) return;
    const before = writtenTo(stream);
    try {
      await writeTo(stream, bytes);
      failure = undefined;
    } catch (error) {
      if (failure === undefined) onError(error as Error);
      failure = error as Error;
      // A disk that became full has the first of them.
      pending.putBack(bytes.subarray(writtenTo(stream) - before));
      stream = open();
      timer ??= setTimeout(start, 1_000).unref();
    }
  };
  const start = () => {
    flushing = flushing.then(flush);
  };

  return {
    write(event) {
      // Whatever was judged is kept, and nothing new is judged by then. Refusals cost whoever sends them nothing, and would fill the memory.
      if (pending.size() > maxPending && event.decision === 'refuse') {
        lost += 1;
        return;
      }
      pending.add(`${JSON.stringify(event)}\n`);
      if (pending.size() >= flushBytes) start();
      else timer ??= setTimeout(start, flushDelay).unref();
    },
    obstacle() {
      if (failure === undefined && pending.size() <= maxPending) return undefined;
      return new PaiError(
        'audit_unavailable',
        'the audit log cannot be written, and nothing is served unrecorded; free its disk or name another with --audit-log',
      );
    },
    lost: () => lost,
    async close() {
      start();
      await flushing;
      if (destination !== '-') stream.end();
    },
  };
}

/** Node's own stream to a file takes what a full disk has of a write for the whole. */
function standardOutput(): Writable {
  if (!fstatSync(1).isFile()) return process.stdout;
  return createWriteStream('', { fd: 1, autoClose: false }).on('error', () => {});
}

function writtenTo(stream: Writable): number {
  return stream instanceof WriteStream ? stream.bytesWritten : 0;
}

function appendTo(path: string): Writable {
  return createWriteStream(path, { flags: 'a', mode: 0o600 }).on('error', () => {});
}

function checkAppendable(path: string): void {
  try {
    closeSync(openSync(path, 'a', 0o600));
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException;
    const message = `the audit log ${path} cannot be opened (${code}); name another with --audit-log`;
    throw new PaiError('state_unwritable', message, { cause: thrown });
  }
}

/** Whether whoever wrote last has left a part of a line, which is not to take the next one with it. */
function isTorn(path: string): boolean {
  const last = Buffer.from('\n');
  let file: number | undefined;
  try {
    const { size } = statSync(path);
    if (size === 0) return false;
    file = openSync(path, 'r');
    readSync(file, last, 0, 1, size - 1);
  } catch {
    // It may be one that can be written and not be read.
  } finally {
    if (file !== undefined) closeSync(file);
  }
  return last.toString() !== '\n';
}

function writeTo(stream: Writable, bytes: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.write(bytes, (error) => (error ? reject(error) : resolve()));
  });
}
