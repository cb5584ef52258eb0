import type { IncomingMessage, ServerResponse } from 'node:http';
import https from 'node:https';
import { isGenuine, readIdentity, serve } from './identity.ts';

/** What this upstream can be told: how many events a second it sends, over all its listeners in turn. */
export interface StreamsOrder {
  readonly eventsPerSecond: number;
}

const block = Buffer.alloc(65_536, 'x');

const listeners = new Set<ServerResponse>();

const server = https.createServer(
  // Silent streams and slow uploads are what is measured: nothing here ends them.
  { ...readIdentity()[0], keepAliveTimeout: 0, requestTimeout: 0, headersTimeout: 0 },
  (request, response) => {
    if (!isGenuine(request.headersDistinct['authorization'] ?? [])) {
      response.writeHead(401, { 'content-length': 0 }).end();
      return;
    }
    if (request.url === '/stall') return;
    if (request.url === '/events') return listen(response);
    if (request.method === 'PUT') return swallow(request, response);
    send(response, Number(request.url?.split('/').at(-1)));
  },
);
server.timeout = 0;
serve(server);

let timer: NodeJS.Timeout | undefined;
process.on('message', ({ eventsPerSecond }: StreamsOrder) => {
  clearInterval(timer);
  if (eventsPerSecond > 0) timer = startEvents(eventsPerSecond);
});

function listen(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' });
  response.write(': open\n\n');
  listeners.add(response);
  response.on('close', () => listeners.delete(response));
}

/** Events carry the time they were sent at, of a clock that all processes share. */
function startEvents(perSecond: number): NodeJS.Timeout {
  let turns = listeners.values();
  let sent = 0;
  const begun = performance.now();
  return setInterval(() => {
    const due = ((performance.now() - begun) * perSecond) / 1_000;
    for (; sent < due; sent += 1) {
      let turn = turns.next();
      if (turn.done) {
        turns = listeners.values();
        turn = turns.next();
      }
      turn.value?.write(`data: ${process.hrtime.bigint()}\n\n`);
    }
  }, 1);
}

function swallow(request: IncomingMessage, response: ServerResponse): void {
  let length = 0;
  request.on('data', (chunk: Buffer) => {
    length += chunk.length;
  });
  request.on('end', () => {
    const said = String(length);
    response.writeHead(200, { 'content-length': said.length }).end(said);
  });
}

function send(response: ServerResponse, length: number): void {
  response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': length });
  let left = length;
  const fill = () => {
    while (left > 0) {
      const part = left < block.length ? block.subarray(0, left) : block;
      left -= part.length;
      if (!response.write(part)) {
        response.once('drain', fill);
        return;
      }
    }
    response.end();
  };
  fill();
}
