import { copyFileSync, truncateSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { AuditEvent } from '@pai/core';
import { createAuditLog } from '../src/audit-log.ts';

// Writes lines to a log that becomes full, moves what is in it away, and ends when all of them are there.
const [, , path = '', destination = ''] = process.argv;
const log = createAuditLog(destination, () => {});
for (let i = 0; i < 12; i += 1) {
  log.write({ request_id: String(i), path: 'x'.repeat(1_000), decision: 'allow' } as unknown as AuditEvent);
}
while (log.obstacle() === undefined) await delay(10);
copyFileSync(path, `${path}.1`);
truncateSync(path);
while (log.obstacle() !== undefined) await delay(10);
await log.close();
