import { readFileSync } from 'node:fs';
import https from 'node:https';
import { readFront } from './front.ts';

const { port, certFile, keyFile } = readFront();

https
  .createServer({ cert: readFileSync(certFile), key: readFileSync(keyFile) }, (_request, response) => {
    response.writeHead(200, { 'content-length': 6 }).end('hello\n');
  })
  .listen(port, '127.0.0.1');
