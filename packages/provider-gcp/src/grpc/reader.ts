import type { Action } from '@pai/core';
import type { Message } from './framing.ts';

/** What an rpc needs where that hangs on the content of its message. */
export interface Reader {
  /** Every permission that it can need: those of a message that is too long to be read. */
  readonly worst: readonly string[];
  /** What this message needs; `byTable` is what the table says of it. Throws `malformed_request` when it has two readings. */
  readonly read: (message: Buffer, byTable: readonly Action[]) => readonly Action[];
  /** What a later message of a stream needs beside what its first did. Default: what `read` says of it. Throws as `read`. */
  readonly later?: (message: Buffer, first: Message) => readonly Action[];
}
