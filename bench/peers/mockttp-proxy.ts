import { getLocal } from 'mockttp';
import { realToken } from '../src/exchange.ts';
import { readFront } from './front.ts';

const { port, certFile, keyFile } = readFront();

const server = getLocal({
  https: { certPath: certFile, keyPath: keyFile },
  recordTraffic: false,
  http2: false,
});
await server.forUnmatchedRequest().thenPassThrough({
  ignoreHostHttpsErrors: false,
  transformRequest: { updateHeaders: { authorization: `Bearer ${realToken}` } },
});
await server.start(port);
