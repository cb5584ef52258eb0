import type { Scenario } from './scenario.ts';
import { load } from './scenarios/p01-load.ts';
import { latency } from './scenarios/p02-latency.ts';
import { handshake } from './scenarios/p03-handshake.ts';
import { mint } from './scenarios/p04-mint.ts';
import { transfer } from './scenarios/p05-transfer.ts';
import { memory } from './scenarios/p06-memory.ts';
import { events } from './scenarios/p07-events.ts';
import { idle } from './scenarios/p08-idle.ts';
import { rest } from './scenarios/p09-rest.ts';
import { start } from './scenarios/p10-start.ts';
import { many } from './scenarios/p11-many.ts';
import { http2 } from './scenarios/p12-http2.ts';
import { sigv4 } from './scenarios/p13-sigv4.ts';
import { large } from './scenarios/p14-large.ts';

/** Everything that is measured, in the order of the goals. */
export const scenarios: readonly Scenario[] = [
  load,
  latency,
  handshake,
  mint,
  transfer,
  memory,
  events,
  idle,
  rest,
  start,
  many,
  http2,
  sigv4,
  large,
];
