import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { Client } from 'undici';
import { type Input, piecesOf, type Reader, type Reading, type ReadMessage } from './reading.ts';

/** undici's client, each response on a connection of its own. */
export function createUndiciReader(): Reader {
  const manifest = readFileSync(createRequire(import.meta.url).resolve('undici/package.json'), 'utf8');
  return {
    name: 'undici',
    version: `undici ${JSON.parse(manifest).version}`,
    kinds: ['response'],
    hides: ['version'],
    read: (inputs) => Promise.all(inputs.map(readOne)),
    close: () => {},
  };
}

function readOne(input: Input): Promise<Reading> {
  const { promise, resolve } = Promise.withResolvers<Reading>();
  const messages: ReadMessage[] = [];
  const client = new Client('http://api.example.com', {
    connect: (_options, callback) => queueMicrotask(() => callback(null, connectionThatSends(input))),
  });
  const finish = (reading: Reading) => {
    client.destroy().catch(() => {});
    resolve(reading);
  };
  client.dispatch(
    { path: '/', method: input.method as 'GET' },
    {
      onRequestStart: () => {},
      onResponseStart({ rawHeaders }, status) {
        for (const message of messages) message.isWhole = true;
        messages.push({
          start: `HTTP/? ${status}`,
          fields: textOf(rawHeaders),
          body: '',
          trailers: [],
          isWhole: status < 200,
        });
      },
      onResponseData(_controller, chunk) {
        (messages.at(-1) as ReadMessage).body += chunk.toString('latin1');
      },
      onResponseEnd({ rawTrailers }) {
        Object.assign(messages.at(-1) as ReadMessage, { trailers: textOf(rawTrailers), isWhole: true });
        finish({ messages, ending: 'complete' });
      },
      onResponseError(_controller, error) {
        const isCut = /^(?:other side closed|terminated)/.test(error.message);
        finish({ messages, ending: isCut ? 'incomplete' : 'refused', reason: error.message });
      },
    },
  );
  return promise;
}

/** A connection that sends its response once the request has come. */
function connectionThatSends(input: Input): Socket {
  let isAnswered = false;
  const connection = new Duplex({
    read: () => {},
    write(_chunk, _encoding, done) {
      done();
      if (isAnswered) return;
      isAnswered = true;
      queueMicrotask(() => {
        for (const piece of piecesOf(input)) connection.push(piece);
        connection.push(null);
      });
    },
  });
  const itself = () => connection;
  return Object.assign(connection, { ref: itself, unref: itself, setNoDelay: itself }) as unknown as Socket;
}

/** undici gives bytes, as a list, where there are any. */
function textOf(raw: unknown): string[] {
  if (!Array.isArray(raw)) return [];
  return raw.map((bytes, i) => {
    const text = typeof bytes === 'string' ? bytes : (bytes as Buffer).toString('latin1');
    return i % 2 === 0 ? text : text.replace(/^[\t ]+|[\t ]+$/g, '');
  });
}
