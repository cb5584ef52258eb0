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
  /** Whether the service still answers; asks it only after a silence. A session that does not answer is destroyed. */
  isAlive(): Promise<boolean>;
  active(): number;
  /** Takes nothing new, and ends with the last request. */
  close(): void;
}

/** Most bytes of a response that wait here for a slow agent, on each stream. */
const streamWindow = 256 * 1024;
/** Most bytes on their way on all streams: what has come is acknowledged at once, so that no stream holds up another. */
const sessionWindow = 4 * 1024 * 1024;
/** Most bytes, and most fields, of a response head. */
const maxHeadBytes = 256 * 1024;
const maxFields = 512;
/** Most requests at one time, however many the service would take. */
const maxStreams = 1_000;
/** Most MiB for all that a session holds. */
const maxMemory = 64;
/** Milliseconds of silence after which a session is asked before it gets another request. */
const trustedSilence = 10_000;
/** Milliseconds a service has to answer a PING. */
const pingDeadline = 2_000;

const options = {
  settings: { enablePush: false, initialWindowSize: streamWindow, maxHeaderListSize: maxHeadBytes },
  maxHeaderListPairs: maxFields,
  maxReservedRemoteStreams: 0,
  maxSessionMemory: maxMemory,
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
  let asking: Promise<boolean> | undefined;

  const ask = () =>
    new Promise<boolean>((resolve) => {
      const settle = (isAlive: boolean) => {
        clearTimeout(timer);
        asking = undefined;
        if (isAlive) heard = performance.now();
        else socket.destroy();
        resolve(isAlive);
      };
      const timer = setTimeout(() => settle(false), pingDeadline);
      const isSent = client.ping((error) => settle(error === null));
      if (!isSent) settle(false);
    });
  const isOpen = () => !client.closed && !client.destroyed && !socket.destroyed;

  return {
    client,
    isOpen,
    hasRoom: () =>
      isOpen() && active < Math.min(maxStreams, client.remoteSettings.maxConcurrentStreams ?? maxStreams),
    enter() {
      active += 1;
    },
    leave() {
      active -= 1;
    },
    touch() {
      heard = performance.now();
    },
    silence: () => performance.now() - heard,
    isAlive() {
      if (!isOpen()) return Promise.resolve(false);
      if (performance.now() - heard < trustedSilence) return Promise.resolve(true);
      asking ??= ask();
      return asking;
    },
    active: () => active,
    close: () => client.close(),
  };
}
