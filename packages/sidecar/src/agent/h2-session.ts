import { constants, type ServerHttp2Session } from 'node:http2';
import type { Socket } from 'node:net';
import type { ConnectionAuthority } from './authority.ts';
import { createH2FieldsReader, type ReadH2Fields } from './h2-fields.ts';
import { createBudget, type H2Limits } from './h2-limits.ts';
import { createLostWrite } from './lost-write.ts';

/** One agent's HTTP/2 connection, watched. */
export interface WatchedSession {
  readonly connection: ConnectionAuthority;
  readonly readFields: ReadH2Fields;
  /** Counts a request in, on the stream of this number. */
  enter(id: number): void;
  /** `isReset`: the stream ended before its response, and not by Pai. */
  leave(isReset: boolean): void;
  /** Looks for what only time shows. */
  tend(): void;
  /** Finishes what is under way. */
  close(): void;
  /** Ends the connection soon, whether the agent reads or not. */
  cut(): void;
}

/** Who hears of a session. */
export interface SessionEvents {
  /** The connection is being cut off, for this reason. */
  onRefused(reason: string): void;
  /** So many streams the parser refused before they were requests, or the agent left out their numbers. */
  onUnseen(count: number): void;
  onClose(): void;
}

/** Milliseconds that a connection which is being refused is kept, so that it hears why. */
const lingerTime = 1_000;

/** Holds `session`, on `socket`, to its limits. */
export function createSessionWatch(
  session: ServerHttp2Session,
  socket: Socket,
  connection: ConnectionAuthority,
  limits: H2Limits,
  { onRefused, onUnseen, onClose }: SessionEvents,
): WatchedSession {
  const mayReset = createBudget(limits.resets);
  const mayPing = createBudget(limits.pings);
  const maySet = createBudget(limits.settings);
  let isRefused = false;
  let hasBegun = false;
  let active = 0;
  let since = performance.now();
  let lastId = -1;
  let heard = { bytes: 0, at: since };
  let isAsked = false;
  const hasLostWrite = createLostWrite(socket);

  // A session waits for an agent that reads nothing; its socket does not have to.
  const cut = () => void setTimeout(() => socket.destroy(), lingerTime).unref();
  const refuse = (reason: string, code: number = constants.NGHTTP2_ENHANCE_YOUR_CALM) => {
    if (isRefused) return;
    isRefused = true;
    onRefused(reason);
    session.destroy(new Error(reason), code);
    cut();
  };

  const askAfterSilence = () => {
    const now = performance.now();
    const { bytesRead } = socket;
    if (bytesRead !== heard.bytes) {
      heard = { bytes: bytesRead, at: now };
      isAsked = false;
      return;
    }
    const silence = now - heard.at;
    if (active === 0 || session.destroyed || silence < limits.stallDeadline) return;
    if (!isAsked) isAsked = session.ping(() => {});
    else if (silence > limits.stallDeadline + limits.pingDeadline) socket.destroy();
  };

  session.on('error', (error: NodeJS.ErrnoException) => {
    if (isParserError(error)) refuse(`not HTTP/2: ${error.message}`, constants.NGHTTP2_PROTOCOL_ERROR);
  });
  session.on('remoteSettings', () => {
    hasBegun = true;
    if (!maySet()) refuse('the agent changes its settings too often');
  });
  session.on('ping', () => {
    if (!mayPing()) refuse('the agent sends too many PINGs');
  });
  session.once('close', onClose);

  return {
    connection,
    readFields: createH2FieldsReader(),
    enter(id) {
      active += 1;
      if (id > lastId + 2) onUnseen((id - lastId) / 2 - 1);
      lastId = id;
    },
    leave(isReset) {
      active -= 1;
      since = performance.now();
      if (isReset && !session.destroyed && !mayReset()) refuse('the agent gives up too many requests');
    },
    tend() {
      const waited = performance.now() - since;
      if (hasLostWrite()) socket.destroy();
      else if (!hasBegun && waited > limits.prefaceDeadline) refuse('no HTTP/2 preface came');
      else if (active === 0 && waited > limits.idleDeadline) {
        session.close();
        cut();
      } else askAfterSilence();
    },
    close: () => session.close(),
    cut,
  };
}

/** Errors of the connection itself are an agent that went away; those of a GOAWAY are the agent's own opinion. */
function isParserError({ code }: NodeJS.ErrnoException): boolean {
  return code === 'ERR_HTTP2_ERROR' || code === 'ERR_HTTP2_TOO_MANY_INVALID_FRAMES';
}
