import { readFileSync } from 'node:fs';
import { createHttpProxyServer } from '@anthropic-ai/sandbox-runtime/dist/sandbox/http-proxy.js';
import { createMitmCA } from '@anthropic-ai/sandbox-runtime/dist/sandbox/mitm-ca.js';
import { realToken } from '../src/exchange.ts';
import { readFront } from './front.ts';

interface Options {
  readonly port: number;
  readonly upstreamCaFile: string;
  readonly caCertPath: string;
  readonly caKeyPath: string;
}

const { port, upstreamCaFile, caCertPath, caKeyPath } = readFront<Options>();

createHttpProxyServer({
  filter: () => true,
  mitmCA: createMitmCA({ caCertPath, caKeyPath }),
  tlsTerminateUpstreamCA: readFileSync(upstreamCaFile),
  filterRequest: async () => ({ action: 'allow' }),
  mutateHeaders: (headers) => {
    headers['authorization'] = `Bearer ${realToken}`;
  },
}).listen(port, '127.0.0.1');
