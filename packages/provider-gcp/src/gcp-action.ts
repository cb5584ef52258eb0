import type { Action } from '@pai/core';

/** An action on something of Google Cloud. */
export interface GcpAction extends Action {
  /** The id of the project that a bucket is in, where it is known. The names of buckets do not say it. */
  readonly project?: string;
}
