import { readFileSync } from 'node:fs';
import proxy from '@fastify/http-proxy';
import fastify from 'fastify';
import { host, realToken } from './exchange.ts';

const [port, upstreamPort, caFile, certFile, keyFile] = process.argv.slice(2) as [
  string,
  string,
  string,
  string,
  string,
];

const app = fastify({
  logger: false,
  https: { cert: readFileSync(certFile), key: readFileSync(keyFile) },
});
await app.register(proxy, {
  upstream: `https://127.0.0.1:${upstreamPort}`,
  // Without rejectUnauthorized the plugin sends the credential to whoever answers.
  undici: { connect: { ca: readFileSync(caFile, 'utf8'), servername: host, rejectUnauthorized: true } },
  replyOptions: {
    rewriteRequestHeaders: (_request, headers) => ({
      ...headers,
      host,
      authorization: `Bearer ${realToken}`,
    }),
  },
});
await app.listen({ host: '127.0.0.1', port: Number(port) });
