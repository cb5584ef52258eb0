import http2, { type ClientHttp2Session } from 'node:http2';
import type { Socket } from 'node:net';
import { PaiError } from '@pai/core';

/** One HTTP/2 connection to a service (RFC 9113). */
export interface H2Session {
  readonly client: ClientHttp2Session;
  /** Takes new requests. */
  isOpen(): boolean;
  /** May carry one more request now. */
  hasRoom(): boolean;
  /** Counts a request in, until `leave`. */
  enter(): void;
  leave(): void;
  /** Something came from the service. */
  touch(): void;
  /** Milliseconds since something came. */
  silence(): number;
  /**
   * Whether a request may be sent now; asks the service only after a silence. One that is slow to answer gets no new requests until it does,
   * and one that does not answer at all is destroyed.
   */
  isAlive(): Promise<boolean>;
  /** Asks the service at once, also after its GOAWAY: a session that is broken by then says so in no other way. */
  probe(): Promise<boolean>;
  active(): number;
  /** Takes nothing new, and ends with the last request. */
  close(): void;
  /** Ends at once. */
  destroy(): void;
}

/** Most bytes of a response that wait here for a slow agent, on each stream. */
const streamWindow = 256 * 1024;
/** Most bytes on their way on all streams: what has come is acknowledged at once, so that no stream holds up another. */
const sessionWindow = 4 * 1024 * 1024;
/** Most bytes of a head or of trailers, either way, and most fields of a response's. */
const maxHeadBytes = 256 * 1024;
const maxFields = 512;
/** Most requests at one time, however many the service would take. */
const maxStreams = 1_000;
/** Most MiB for all that a session holds. */
const maxMemory = 64;
/** Milliseconds of silence after which a session is asked before it gets another request. */
const trustedSilence = 10_000;
/** Milliseconds that a request waits for the answer to a PING. */
const patience = 2_000;
/** Milliseconds a service has to answer one: it may come after content that a slow line takes long to carry. */
const pingDeadline = 20_000;

const options = {
  settings: { enablePush: false, initialWindowSize: streamWindow, maxHeaderListSize: maxHeadBytes },
  maxHeaderListPairs: maxFields,
  maxReservedRemoteStreams: 0,
  maxSessionMemory: maxMemory,
  // With less than an agent may send, and a credential on it, the whole connection would end.
  maxSendHeaderBlockLength: maxHeadBytes,
  // An agent's repeated fields go on as they are.
  strictSingleValueFields: false,
};

/**
 * Speaks HTTP/2 on a connection that has agreed on it. Resolves when the service has sent its settings, before which
 * nobody knows that it does; rejects with `upstream_protocol` or `upstream_timeout`.
 */
export async function openH2Session(socket: Socket, host: string, deadline: number): Promise<H2Session> {
  const client = http2.connect('https://service.invalid', { ...options, createConnection: () => socket });
  client.on('error', () => {}).on('ping', () => {});
  await settled(client, socket, host, deadline);
  client.setLocalWindowSize(sessionWindow);
  return describe(client, socket);
}

function settled(client: ClientHttp2Session, socket: Socket, host: string, deadline: number) {
  return new Promise<void>((resolve, reject) => {
    const refuse = (error: PaiError) => {
      clearTimeout(timer);
      socket.destroy();
      reject(error);
    };
    const timer = setTimeout(
      () => refuse(new PaiError('upstream_timeout', `${host} sent no HTTP/2 settings in time`)),
      deadline,
    );
    client.once('close', () =>
      refuse(new PaiError('upstream_protocol', `${host} agreed on HTTP/2 and does not speak it`)),
    );
    client.once('remoteSettings', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

function describe(client: ClientHttp2Session, socket: Socket): H2Session {
  let active = 0;
  let heard = performance.now();
  const touch = () => {
    heard = performance.now();
  };
  const isOpen = () => !client.closed && !client.destroyed && !socket.destroyed;
  const { probe, isSlow } = createProbe(client, socket, touch);

  return {
    client,
    isOpen,
    hasRoom: () =>
      isOpen() &&
      !isSlow() &&
      active < Math.min(maxStreams, client.remoteSettings.maxConcurrentStreams ?? maxStreams),
    enter() {
      active += 1;
    },
    leave() {
      active -= 1;
    },
    touch,
    silence: () => performance.now() - heard,
    async isAlive() {
      if (!isOpen()) return false;
      if (performance.now() - heard < trustedSilence) return true;
      // The answer may have come with a GOAWAY.
      return (await probe()) && isOpen();
    },
    probe,
    active: () => active,
    close: () => client.close(),
    destroy: () => void socket.destroy(),
  };
}

/** Asks a service by a PING, one at a time. `isSlow` while an answer is due; without one the connection is destroyed. */
function createProbe(client: ClientHttp2Session, socket: Socket, onAnswer: () => void) {
  let asking: Promise<boolean> | undefined;
  let isSlow = false;
  const ask = () =>
    new Promise<boolean>((resolve) => {
      const settle = (isAnswered: boolean) => {
        clearTimeout(early);
        clearTimeout(late);
        asking = undefined;
        isSlow = false;
        if (isAnswered) onAnswer();
        else socket.destroy();
        resolve(isAnswered);
      };
      const early = setTimeout(() => {
        isSlow = true;
        resolve(false);
      }, patience);
      const late = setTimeout(() => settle(false), pingDeadline).unref();
      const isSent = !client.destroyed && client.ping((error) => settle(error === null));
      if (!isSent) settle(false);
    });
  return {
    isSlow: () => isSlow,
    probe() {
      asking ??= ask();
      return asking;
    },
  };
}
