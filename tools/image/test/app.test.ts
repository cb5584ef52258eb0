import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import tls from 'node:tls';
import { loadCa } from '@pai/sidecar';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { layApp } from '../src/app.ts';

// The command is started, and processes by it, on machines that do other things too.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const root = join(import.meta.dirname, '../../..');
const directory = mkdtempSync(join(tmpdir(), 'pai-app-'));
const app = join(directory, 'app');
const modules = join(app, 'node_modules');
afterAll(() => rmSync(directory, { recursive: true, force: true }));

beforeAll(async () => {
  await layApp(root, app);
  writeFileSync(join(directory, 'widgets.yaml'), provider('widgets', 'widgets', 'widget:read'));
  writeFileSync(join(directory, 'hostile.yaml'), provider('hostile', 'hostile', 'read'));
});

const provider = (name: string, type: string, allowed: string) => `apiVersion: pai.io/v1
kind: Provider
metadata: {name: ${name}}
spec:
  type: ${type}
  auth: {type: key, secretRef: key}
  policy: {allow: ["${allowed}"]}
`;

/** A package of the sidecar's tests, with what it depends on, as an installation has them. */
function layPlugin(folder: string, into: string, name: string): void {
  cpSync(join(root, 'packages/sidecar/test/plugins', folder), join(into, name), { recursive: true });
  cpSync(join(modules, 'typebox'), join(into, 'typebox'), { recursive: true });
}

/** Runs the laid command, with a home of this name. */
function paiIn(home: string) {
  const env = { HOME: directory, PAI_HOME: join(directory, home), PAI_AUDIT_LOG: 'audit.jsonl', PATH: '' };
  return {
    env,
    pai: (...args: readonly string[]) =>
      new Promise<string>((done) => {
        const words = [join(app, 'dist/pai.js'), ...args];
        execFile(process.execPath, words, { env, cwd: directory }, (_, out, err) => done(out + err));
      }),
  };
}

/** A service that says what credential it got. */
async function startService(ca: ReturnType<typeof loadCa>) {
  const server = tls.createServer(ca.leafFor('api.widgets.example'), (socket) => {
    socket.once('data', (head) => {
      const body = /^authorization: (.*)\r$/im.exec(String(head))?.[1] ?? 'nothing';
      const got = body === 'Key the-real-token' ? 'the real one' : body;
      socket.end(`HTTP/1.1 200 OK\r\ncontent-length: ${got.length}\r\nconnection: close\r\n\r\n${got}`);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { port: (server.address() as AddressInfo).port, close: () => server.close() };
}

/** The port that a starting sidecar names. */
async function readyPort(printed: Readable): Promise<number> {
  for await (const line of createInterface(printed)) {
    const port = /sidecar ready: tls 127\.0\.0\.1:(\d+)/.exec(line)?.[1];
    if (port !== undefined) return Number(port);
  }
  throw new Error('the sidecar ended');
}

test('a third party’s type in the plugins directory of a home serves from what the image holds', async () => {
  const { pai, env } = paiIn('home');
  const name = '@acme/pai-widgets';
  layPlugin('widgets', join(env.PAI_HOME, 'plugins/@acme+pai-widgets/node_modules'), name);
  // There is no npm in its PATH, as there is none in the image.
  expect(await pai('plugins', 'add', name)).toContain(`plugin ${name} 1.2.3 added: provider type widgets\n`);
  await pai('add', 'secret', 'key', '--from-literal', 'token=the-real-token');
  expect(await pai('apply', '-f', 'widgets.yaml')).toContain('provider/widgets created\n');

  const ca = loadCa({ dir: join(directory, 'ca') });
  const service = await startService(ca);
  const upstream = `api.widgets.example=127.0.0.1:${service.port}`;
  const options = ['--ca-dir', 'ca', '--upstream-ca', 'ca/ca.pem', '--upstream', upstream];
  const sidecar = spawn(
    process.execPath,
    [join(app, 'dist/pai.js'), 'sidecar', '--provider', 'widgets', '--listen', '127.0.0.1:0', ...options],
    { env, cwd: directory, stdio: ['ignore', 'pipe', 'ignore'] },
  );
  const port = await readyPort(sidecar.stdout);
  const ask = async (path: string) => {
    const agent = tls.connect({
      ...{ host: '127.0.0.1', port, servername: 'api.widgets.example', ca: ca.certificatePem },
    });
    agent.write(`GET ${path} HTTP/1.1\r\nhost: api.widgets.example\r\nconnection: close\r\n\r\n`);
    return String(Buffer.concat(await agent.toArray()));
  };
  expect(await ask('/widget/1')).toMatch(/^HTTP\/1\.1 200 [\s\S]*\r\n\r\nthe real one$/);
  expect(await ask('/gadget/1')).toMatch(/^HTTP\/1\.1 403 [\s\S]*"widget_error":/);
  sidecar.kill('SIGTERM');
  expect(await once(sidecar, 'exit')).toEqual([0, null]);
  service.close();
});

test('the walls around a plugin stand in what the image holds, and beside Pai it is found', async () => {
  const { pai } = paiIn('hostile');
  layPlugin('hostile', join(directory, 'node_modules'), 'hostile');
  await pai('plugins', 'add', 'hostile');
  await pai('add', 'secret', 'key', '--from-literal', 'token=the-real-token');
  await pai('apply', '-f', 'hostile.yaml');
  const tried = ['/fs-import', '/net', '/commonjs', '/dispatcher', '/fetch', '/real-binding', '/env'];
  const requests = tried.map((path) =>
    JSON.stringify({ method: 'GET', url: `https://api.hostile.example${path}` }),
  );
  writeFileSync(join(directory, 'requests.jsonl'), requests.join('\n'));
  const explained = await pai('explain', '--requests', 'requests.jsonl');
  expect(explained.match(/(?<="unresolved":")\w+/g)).toEqual(tried.map(() => 'refused'));
});

test('a plugin’s process finds its modules behind links, as pnpm lays them', async () => {
  for (const name of ['@pai/core', '@pai/policy', 'typebox']) {
    const place = join(directory, 'store', name, 'node_modules', name);
    mkdirSync(dirname(place), { recursive: true });
    renameSync(join(modules, name), place);
    symlinkSync(place, join(modules, name));
  }
  for (const name of ['@pai/core', '@pai/policy']) {
    symlinkSync(
      join(directory, 'store/typebox/node_modules/typebox'),
      join(directory, 'store', name, 'node_modules/typebox'),
    );
  }
  const explained = await paiIn('home').pai('explain', 'GET', 'https://api.widgets.example/widget/1');
  expect(explained).toMatch(/injects +authorization: Key \[secret key\/token\]/);
});
