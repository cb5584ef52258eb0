import { datastoreReaders } from './datastore.ts';
import { firestoreReaders } from './firestore.ts';
import { firestoreStreamReaders } from './firestore-streams.ts';
import { loggingReaders } from './logging.ts';
import type { Reader } from './reader.ts';
import { spannerReaders } from './spanner.ts';
import { storageReaders } from './storage.ts';

/** The rpcs, by `service/method`, whose permissions hang on the content of their messages. */
export const readers: ReadonlyMap<string, Reader> = new Map([
  ...datastoreReaders,
  ...firestoreReaders,
  ...firestoreStreamReaders,
  ...loggingReaders,
  ...spannerReaders,
  ...storageReaders,
]);
