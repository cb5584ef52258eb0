import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import http2 from 'node:http2';
import net, { type AddressInfo } from 'node:net';
import type { Tokens } from './tokens.ts';

const jar = '/usr/lib/google-cloud-sdk/platform/pubsub-emulator/lib/cloud-pubsub-emulator-0.8.20-all.jar';

/** Whether the emulator happens to be on the machine: it is in no registry. */
export const hasPubsub: boolean = existsSync(jar) && existsSync('/usr/bin/java');

/** The emulator of Pub/Sub, and a gate that lets only live tokens of that service pass. */
export interface Pubsub {
  answer(req: IncomingMessage, res: ServerResponse): Promise<void>;
  close(): Promise<void>;
}

const covering = ['cloud-platform', 'pubsub'].map((name) => `https://www.googleapis.com/auth/${name}`);

/** Starts the emulator on a free port of 127.0.0.1. */
export async function startPubsub(tokens: Tokens): Promise<Pubsub> {
  const port = await freePort();
  const emulator = spawn(
    '/usr/bin/java',
    [
      '-Xmx192m',
      '-XX:+UseSerialGC',
      '-XX:TieredStopAtLevel=1',
      '-jar',
      jar,
      `--host=127.0.0.1`,
      `--port=${port}`,
    ],
    {
      stdio: 'ignore',
      env: { PATH: process.env['PATH'] },
    },
  );
  await listening(port, emulator);
  const session = http2.connect(`http://127.0.0.1:${port}`);
  session.on('error', () => {});

  const answerGrpc = (req: http2.Http2ServerRequest, res: http2.Http2ServerResponse) => {
    const headers = Object.fromEntries(
      Object.entries(req.headers).filter(([name]) => name !== 'authorization' && name !== ':authority'),
    );
    const to = session.request({ ...headers, ':authority': `127.0.0.1:${port}` }, { endStream: false });
    to.on('response', ({ ':status': status = 200, ...head }) => res.writeHead(status, head));
    to.on('trailers', (trailers) => res.addTrailers(trailers as http2.OutgoingHttpHeaders));
    to.on('error', () => res.stream.close(http2.constants.NGHTTP2_INTERNAL_ERROR));
    req.on('error', () => {});
    res.on('close', () => to.close());
    to.pipe(res);
    req.pipe(to);
  };

  const answerRest = (req: IncomingMessage, res: ServerResponse) => {
    const { authorization: _, ...headers } = req.headers;
    const kept = Object.entries(headers).filter(([name]) => !name.startsWith(':'));
    const options = {
      host: '127.0.0.1',
      port,
      method: req.method,
      path: req.url,
      headers: Object.fromEntries(kept),
    };
    const call = http.request(options, (answer) => {
      const { connection: _c, 'transfer-encoding': _t, ...head } = answer.headers;
      res.writeHead(answer.statusCode ?? 502, head);
      answer.pipe(res);
    });
    call.on('error', (error) => res.destroy(error));
    req.pipe(call);
  };

  return {
    async answer(req, res) {
      const [, bearer = ''] = /^Bearer (.+)$/.exec(req.headers.authorization ?? '') ?? [];
      const grant = await tokens.check(bearer, 'https://pubsub.googleapis.com');
      const isGrpc = req.headers['content-type']?.startsWith('application/grpc') === true;
      const isIn =
        grant?.scopes.some((scope) => covering.includes(scope)) === true && grant.boundary === undefined;
      if (isIn && isGrpc) return answerGrpc(req as never, res as never);
      if (isIn) return answerRest(req, res);
      if (isGrpc) {
        const { stream } = res as unknown as http2.Http2ServerResponse;
        const status = {
          'grpc-status': grant === undefined ? '16' : '7',
          'grpc-message': 'Invalid credentials',
        };
        stream.respond(
          { ':status': 200, 'content-type': 'application/grpc', ...status },
          { endStream: true },
        );
        return;
      }
      const status = grant === undefined ? 401 : 403;
      res.writeHead(status, { 'content-type': 'application/json' });
      res.end(
        JSON.stringify({
          error: { code: status, message: 'Invalid credentials', status: 'UNAUTHENTICATED' },
        }),
      );
    },
    async close() {
      session.destroy();
      const ended = once(emulator, 'exit');
      emulator.kill('SIGKILL');
      await ended;
    },
  };
}

async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await once(server.close(), 'close');
  return port;
}

async function listening(port: number, process: ChildProcess): Promise<void> {
  for (let tries = 0; tries < 600; tries++) {
    if (process.exitCode !== null) throw new Error(`the emulator ended with ${process.exitCode}`);
    const socket = net.connect(port, '127.0.0.1');
    const isUp = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    });
    socket.destroy();
    if (isUp) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('the emulator does not listen');
}
