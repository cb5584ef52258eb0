import type { Action } from '@pai/core';

/** What an rpc needs where that hangs on the content of its message. */
export interface Reader {
  /** Every permission that it can need: those of a message that is too long to be read. */
  readonly worst: readonly string[];
  /** What this message needs; `byTable` is what the table says of it. Throws `malformed_request` when it has two readings. */
  readonly read: (message: Buffer, byTable: readonly Action[]) => readonly Action[];
}
