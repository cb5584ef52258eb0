import { readFileSync } from 'node:fs';
import proxy from '@fastify/http-proxy';
import fastify from 'fastify';
import { realToken } from '../src/exchange.ts';
import { readFront } from './front.ts';

const { port, upstreamPort, host, caFile, certFile, keyFile } = readFront();

const app = fastify({
  logger: false,
  https: { cert: readFileSync(certFile), key: readFileSync(keyFile) },
});
await app.register(proxy, {
  upstream: `https://127.0.0.1:${upstreamPort}`,
  undici: {
    connections: null,
    bodyTimeout: 0,
    // Without rejectUnauthorized the plugin sends the credential to whoever answers.
    connect: { ca: readFileSync(caFile, 'utf8'), servername: host, rejectUnauthorized: true },
  },
  replyOptions: {
    rewriteRequestHeaders: (_request, headers) => ({
      ...headers,
      host,
      authorization: `Bearer ${realToken}`,
    }),
  },
});
await app.listen({ host: '127.0.0.1', port });
