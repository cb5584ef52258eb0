import { randomBytes, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PaiError } from '@pai/core';

/** Where a browser comes back to with the answer of an authorization server (RFC 8252 section 7.3). */
export interface Receiver {
  readonly redirectUris: { readonly callback: string; readonly unguessable: string };
  /**
   * The first URL that a browser comes back with, below `redirectUri` and with the `state` of `url`; everything else gets
   * 404. Rejects with `login_failed` after `patience` milliseconds.
   */
  readonly receive: (url: URL, redirectUri: string, patience: number) => Promise<URL>;
  /** Takes the URL from a person; text that is another one is left alone. */
  readonly take: (text: string) => void;
  readonly close: () => void;
}

/** What is waited for. */
interface Expected {
  readonly redirectUri: string;
  readonly state: string;
  readonly resolve: (url: URL) => void;
}

/** Listens on 127.0.0.1 only. Throws `address_in_use`. */
export async function openReceiver(port: number): Promise<Receiver> {
  let expected: Expected | undefined;
  const accept = (url: URL | null): boolean => {
    if (expected === undefined || url === null || !isAnswer(url, expected)) return false;
    const { resolve } = expected;
    expected = undefined;
    resolve(url);
    return true;
  };
  const server = createServer((request, response) => {
    const { host } = new URL(origin);
    const isRight =
      request.method === 'GET' && request.headers.host === host && accept(urlOf(request, origin));
    answer(response, isRight);
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening').catch((thrown: NodeJS.ErrnoException) => {
    throw new PaiError(
      'address_in_use',
      `port ${port} of 127.0.0.1 cannot be listened on (${thrown.code}); choose another --port`,
    );
  });
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    redirectUris: {
      callback: `${origin}/callback`,
      unguessable: `${origin}/${randomBytes(16).toString('hex')}`,
    },
    receive: (url, redirectUri, patience) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          expected = undefined;
          reject(
            new PaiError(
              'login_failed',
              `nobody has logged in within ${patience / 1_000} seconds; try again`,
            ),
          );
        }, patience);
        expected = {
          redirectUri,
          state: url.searchParams.get('state') ?? '',
          resolve: (back) => {
            clearTimeout(timer);
            resolve(back);
          },
        };
      }),
    take: (text) => void accept(URL.parse(text.trim())),
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

function urlOf({ url = '' }: IncomingMessage, origin: string): URL | null {
  return url.startsWith('/') && !url.startsWith('//') ? URL.parse(origin + url) : null;
}

function isAnswer({ origin, pathname, searchParams }: URL, { redirectUri, state }: Expected): boolean {
  const [given, wanted] = [searchParams.getAll('state'), Buffer.from(state)];
  const [first = ''] = given;
  const found = Buffer.from(first);
  if (given.length !== 1 || wanted.length === 0 || found.length !== wanted.length) return false;
  return origin + pathname === redirectUri && timingSafeEqual(found, wanted);
}

/** Says nothing of what came, and leaves it in no cache and no `Referer`. */
function answer(response: ServerResponse, isRight: boolean): void {
  response.writeHead(isRight ? 200 : 404, {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    'cache-control': 'no-store',
    'referrer-policy': 'no-referrer',
    connection: 'close',
  });
  const text = isRight
    ? 'Pai has the answer. Close this window; the terminal says how it ended.'
    : 'Nothing is here.';
  response.end(`<!doctype html><html lang="en"><title>Pai</title><p>${text}</p></html>\n`);
}
