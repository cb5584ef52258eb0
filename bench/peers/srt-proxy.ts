import { readFileSync, writeFileSync } from 'node:fs';
import { createHttpProxyServer } from '@anthropic-ai/sandbox-runtime/dist/sandbox/http-proxy.js';
import { createMitmCA } from '@anthropic-ai/sandbox-runtime/dist/sandbox/mitm-ca.js';
import { realToken } from '../src/exchange.ts';
import { readFront } from './front.ts';

interface Options {
  readonly port: number;
  readonly caFile: string;
  /** Where agents find its CA. */
  readonly ownCaFile: string;
}

const { port, caFile, ownCaFile } = readFront<Options>();
const mitmCA = createMitmCA({});
writeFileSync(ownCaFile, mitmCA.certPem);

createHttpProxyServer({
  filter: () => true,
  mitmCA,
  tlsTerminateUpstreamCA: readFileSync(caFile),
  filterRequest: async () => ({ action: 'allow' }),
  mutateHeaders: (headers) => {
    headers['authorization'] = `Bearer ${realToken}`;
  },
}).listen(port, '127.0.0.1');
