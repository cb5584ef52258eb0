import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import https from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Ca } from '@pai/sidecar';

const program = join(import.meta.dirname, '../clients/azure/node_modules/azurite/dist/src/blob/main.js');

/** Azurite's blob service, which reads the audience, the issuer and the expiry of tokens, over HTTPS. */
export interface Azurite {
  /** Passes a request on; the host names the account. */
  answer(req: IncomingMessage, res: ServerResponse, host: string): void;
  close(): Promise<void>;
}

/** Starts it with these accounts. */
export async function startAzurite(ca: Ca, accounts: readonly string[]): Promise<Azurite> {
  if (!existsSync(program)) throw new Error('azurite is not there; run test/e2e/clients/azure/install.sh');
  const dir = mkdtempSync(join(tmpdir(), 'pai-azurite-'));
  const { cert, key } = ca.leafFor('azurite.test');
  writeFileSync(join(dir, 'cert.pem'), String(cert));
  writeFileSync(join(dir, 'key.pem'), String(key));
  const args = [
    ...['--blobHost', '127.0.0.1', '--blobPort', '0', '--oauth', 'basic', '--skipApiVersionCheck'],
    ...['--cert', join(dir, 'cert.pem'), '--key', join(dir, 'key.pem'), '--disableTelemetry'],
    ...['--inMemoryPersistence', '--silent'],
  ];
  const key64 = Buffer.alloc(64, 1).toString('base64');
  const azurite = spawn(process.execPath, [program, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      PATH: process.env['PATH'],
      HOME: dir,
      AZURITE_ACCOUNTS: accounts.map((account) => `${account}:${key64}`).join(';'),
    },
  });
  const port = await portOf(azurite);
  const agent = new https.Agent({ keepAlive: true });
  return {
    answer(req, res, host) {
      const headers = Object.fromEntries(
        Object.entries(req.headers).filter(([name]) => !name.startsWith(':')),
      );
      const options = {
        host: '127.0.0.1',
        port,
        method: req.method,
        path: req.url,
        ca: ca.certificatePem,
        agent,
      };
      const call = https.request(
        { ...options, servername: 'azurite.test', headers: { ...headers, host } },
        (answer) => {
          const hop = new Set(['connection', 'keep-alive', 'transfer-encoding']);
          const head = Object.entries(answer.headers).filter(([name]) => !hop.has(name));
          res.writeHead(answer.statusCode ?? 502, Object.fromEntries(head));
          answer.pipe(res);
        },
      );
      call.on('error', (error) => res.destroy(error));
      req.pipe(call);
    },
    async close() {
      agent.destroy();
      const ended = once(azurite, 'exit');
      azurite.kill('SIGKILL');
      await ended;
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** It says where it listens. */
function portOf(azurite: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    let said = '';
    azurite.stdout?.on('data', (chunk) => {
      said += chunk;
      const [, port] = /successfully listens on https:\/\/127\.0\.0\.1:(\d+)/.exec(said) ?? [];
      if (port !== undefined) resolve(Number(port));
    });
    azurite.once('exit', (status) => reject(new Error(`azurite ended with ${status}: ${said}`)));
  });
}
