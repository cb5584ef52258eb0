import type { Socket } from 'node:net';
import { PaiError, type UpstreamRequest } from '@pai/core';
import type { Seat } from './deferred-call.ts';
import { startH2Call } from './h2-call.ts';
import { formatH2Head } from './h2-head.ts';
import { type H2Session, openH2Session } from './h2-session.ts';

/** HTTP/2 sessions by origin: many requests at one time on each. */
export interface H2Pool {
  /**
   * Room for `request` on a session of `origin`; when all are full, on another one over what `open` gives. Rejects with
   * what `open` rejects with, and with `malformed_request`, `overloaded`, `upstream_protocol` or `upstream_timeout`.
   */
  take(origin: string, request: UpstreamRequest, open: () => Promise<Socket>): Promise<Seat>;
  /** Ends idle sessions, and busy ones with their last request. */
  close(): void;
}

/** Milliseconds a session without requests is kept. */
const idleTime = 60_000;
/** Milliseconds of silence after which a session with requests is asked whether it lives: gRPC servers take no more. */
const longSilence = 330_000;
/** Milliseconds between two looks at all sessions. */
const sweepInterval = 5_000;
/** Milliseconds for a service's first settings. */
const settingsDeadline = 10_000;
/** Most sessions of one origin. */
const maxSessions = 64;

interface Origin {
  sessions: H2Session[];
  /** Requests that arrive meanwhile wait for the same one. */
  opening?: Promise<void> | undefined;
}

/** An empty pool. */
export function createH2Pool(): H2Pool {
  const origins = new Map<string, Origin>();
  let timer: NodeJS.Timeout | undefined;
  let isClosed = false;

  const sweep = () => {
    for (const [key, origin] of origins) {
      for (const session of origin.sessions) tend(session);
      if (origin.sessions.length === 0 && origin.opening === undefined) origins.delete(key);
    }
    timer = origins.size === 0 ? undefined : setTimeout(sweep, sweepInterval).unref();
  };

  const add = async (origin: Origin, host: string, open: () => Promise<Socket>) => {
    const session = await openH2Session(await open(), host, settingsDeadline);
    if (!session.hasRoom()) {
      session.close();
      throw new PaiError('overloaded', `${host} takes no requests on a new HTTP/2 connection`);
    }
    session.client.once('close', () => {
      origin.sessions = origin.sessions.filter((other) => other !== session);
    });
    origin.sessions.push(session);
  };

  const find = async (origin: Origin, host: string, open: () => Promise<Socket>) => {
    for (;;) {
      const session = origin.sessions.find((one) => one.hasRoom());
      if (session !== undefined) {
        session.enter();
        if (await session.isAlive()) return session;
        session.leave();
        continue;
      }
      if (origin.sessions.filter((one) => one.isOpen()).length >= maxSessions) {
        const limit = `${maxSessions} HTTP/2 connections to ${host}`;
        throw new PaiError('overloaded', `all ${limit} are full; send fewer requests at one time`);
      }
      origin.opening ??= add(origin, host, open).finally(() => {
        origin.opening = undefined;
      });
      await origin.opening;
    }
  };

  return {
    async take(key, request, open) {
      const fields = formatH2Head(request);
      const origin = origins.get(key) ?? { sessions: [] };
      origins.set(key, origin);
      timer ??= setTimeout(sweep, sweepInterval).unref();
      const session = await find(origin, request.host, open);
      return seatOn(session, request, fields, () => {
        if (isClosed && session.active() === 0) session.close();
      });
    },
    close() {
      isClosed = true;
      clearTimeout(timer);
      for (const { sessions } of origins.values()) for (const session of sessions) session.close();
    },
  };
}

/** Ends a session that nobody uses, and asks one that has been silent for long. */
function tend(session: H2Session): void {
  if (session.active() > 0) {
    if (session.silence() > longSilence) void session.probe();
  } else if (session.silence() > idleTime) {
    if (session.isOpen()) session.close();
    else session.destroy();
  }
}

function seatOn(
  session: H2Session,
  request: UpstreamRequest,
  fields: readonly string[],
  onLeft: () => void,
): Seat {
  let isLeft = false;
  const leave = () => {
    if (isLeft) return;
    isLeft = true;
    session.leave();
    onLeft();
  };
  return {
    leave,
    start(sink) {
      try {
        return startH2Call(session.client, request, fields, sink, {
          onSign: session.touch,
          onClose: leave,
        });
      } catch (cause) {
        leave();
        throw new PaiError('malformed_request', 'the request cannot be written as HTTP/2', { cause });
      }
    },
  };
}
