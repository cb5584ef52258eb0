import { type EventWindow, readEventId } from './event-window.ts';
import { createLane, type Lane, type LaneOptions } from './lane.ts';
import type { Running } from './process.ts';
import type { Reply } from './reply.ts';

/** The lanes of one conversation. */
export interface Lanes {
  /** For what belongs to no request. */
  readonly main: Lane;
  readonly add: (options: LaneOptions, reply: Reply) => Lane;
  /** Gives a message, and has the process wait when the agent takes no more. */
  readonly give: (lane: Lane, data: Buffer) => void;
  /** A lane that has come to its end. */
  readonly remove: (lane: Lane) => void;
  /** Has a response go on with what was lost, or with what is new. */
  readonly listen: (reply: Reply, lastId: string | undefined) => void;
  /** The lanes of requests that agents listen to, oldest first. */
  readonly heard: () => readonly Lane[];
}

/** What lanes go by. */
export interface LanesOptions {
  readonly process: Pick<Running, 'pause' | 'resume'>;
  readonly window: EventWindow | undefined;
  /** The agent has left the response of a lane that has not come to its end. */
  readonly onLeft: (lane: Lane) => void;
}

/** Bytes that an agent may leave waiting before its process has to. */
const mostWaiting = 1 << 20;

/** The main lane, and no other. */
export function createLanes({ process, window, onLeft }: LanesOptions): Lanes {
  const lanes = new Map<number, Lane>();
  const full = new Set<Reply>();
  let count = 1;
  const main = createLane(0, window, {});

  const goOn = (reply: Reply) => {
    if (full.delete(reply) && full.size === 0) process.resume();
  };
  const attach = (lane: Lane, reply: Reply) => {
    lane.attach(reply);
    reply.onRoom(() => goOn(reply));
    reply.onOver(() => {
      goOn(reply);
      if (lane.detach(reply) && lane.pending > 0) onLeft(lane);
    });
  };
  return {
    main,
    add(options, reply) {
      const lane = createLane(count, window, options);
      count += 1;
      lanes.set(lane.number, lane);
      attach(lane, reply);
      return lane;
    },
    give(lane, data) {
      const reply = lane.give(data);
      if (reply === undefined || reply.waiting() < mostWaiting) return;
      full.add(reply);
      process.pause();
    },
    remove: ({ number }) => void lanes.delete(number),
    listen(reply, lastId = '') {
      const place = readEventId(lastId);
      const isKnown = place !== undefined && place.stream < count;
      const lane = !isKnown || place.stream === 0 ? main : lanes.get(place.stream);
      reply.open([]);
      const missed = window?.after(isKnown ? lastId : `0-${main.given()}`) ?? [];
      for (const { id, data } of missed) reply.event(id, data);
      if (lane === undefined) reply.end();
      else attach(lane, reply);
    },
    heard: () => [...lanes.values()].filter((lane) => lane.isHeard()),
  };
}
