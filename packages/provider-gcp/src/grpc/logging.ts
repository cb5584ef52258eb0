import type { Reader } from './reader.ts';
import { readMessage } from './wire.ts';

const name = 'logging.logEntries.list';

/** Older versions of google/logging/v2/logging.proto, and REST to this day, have ids of projects in field 1. */
export const loggingReaders: readonly (readonly [string, Reader])[] = [
  [
    'google.logging.v2.LoggingServiceV2/ListLogEntries',
    {
      worst: [name],
      read: (message, byTable) => {
        const isOld = readMessage(message, 1).has(1) || byTable.length === 0;
        return isOld ? [{ name, reach: 'any' }] : byTable;
      },
    },
  ],
];
