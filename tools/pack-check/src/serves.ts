import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { mustRun } from './run.ts';

/**
 * Starts the installed `pai sidecar` in a stranger's folder and sends a request through it to a service of its own.
 * Throws when the service does not get the real credential, or when anything but the bundle was loaded.
 */
export async function checkServing(directory: string): Promise<void> {
  await writeFile(join(directory, 'recorder.mjs'), recorder);
  await writeFile(join(directory, 'serves.mjs'), program);
  const { out } = await mustRun(directory, process.execPath, 'serves.mjs');
  const [answer = '', ...files] = out.trim().split('\n');
  if (!answer.endsWith(' with the real token')) throw new Error(`the service got ${answer}`);
  const strange = files.filter(
    (file) => !/\/@pai\/(?:cli\/dist\/pai[\w-]*|sidecar\/dist\/bundle\/sidecar)\.js$/.test(file),
  );
  if (strange.length > 0) throw new Error(`it also loaded\n${strange.join('\n')}`);
  if (!files.some((file) => file.endsWith('/bundle/sidecar.js')))
    throw new Error('it did not load the bundle');
}

const recorder = `import { writeFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
const files = [];
registerHooks({
  load: (url, context, next) => {
    if (url.startsWith('file:')) files.push(url);
    return next(url, context);
  },
});
process.on('exit', () => writeFileSync('loaded.txt', files.join('\\n')));
`;

const program = `import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import tls from 'node:tls';
import { loadCa } from '@pai/sidecar';

const pai = 'node_modules/.bin/pai';
const env = { ...process.env, HOME: process.cwd(), PAI_HOME: 'home' };
const ca = loadCa({ dir: 'ca' });
const { cert, key } = ca.leafFor('api.example.com');
const service = tls.createServer({ cert, key }, (socket) => {
  socket.once('data', (head) => {
    const isReal = head.toString().includes('uthorization: Bearer the-real-token\\r\\n');
    const body = isReal ? 'with the real token' : 'with another credential';
    socket.end(\`HTTP/1.1 200 OK\\r\\ncontent-length: \${body.length}\\r\\nconnection: close\\r\\n\\r\\n\${body}\`);
  });
});
service.listen(0, '127.0.0.1');
await once(service, 'listening');

writeFileSync('api.yaml', \`apiVersion: pai.io/v1
kind: Provider
metadata: {name: api}
spec:
  type: http-token
  host: api.example.com
  auth: {type: bearer, secretRef: api}
  policy: {httpRules: [{effect: allow, methods: [GET]}]}
\`);
execFileSync(pai, ['add', 'secret', 'api', '--from-literal', 'token=the-real-token'], { env });
execFileSync(pai, ['apply', '-f', 'api.yaml'], { env });

const doors = ['--listen', '127.0.0.1:0', '--ca-dir', 'ca', '--audit-log', 'audit.jsonl'];
const upstream = ['--upstream', \`api.example.com=127.0.0.1:\${service.address().port}\`, '--upstream-ca', 'ca/ca.pem'];
const sidecar = spawn(pai, ['sidecar', '--provider', 'api', ...doors, ...upstream], {
  env: { ...env, NODE_OPTIONS: '--import ./recorder.mjs' },
  stdio: ['ignore', 'pipe', 'inherit'],
});
const port = Number(/127\\.0\\.0\\.1:(\\d+)/.exec(String((await once(sidecar.stdout, 'data'))[0]))?.[1]);
const agent = tls.connect({ host: '127.0.0.1', port, servername: 'api.example.com', ca: ca.certificatePem });
agent.write('GET /v1/x HTTP/1.1\\r\\nhost: api.example.com\\r\\nconnection: close\\r\\n\\r\\n');
let answer = '';
for await (const chunk of agent) answer += chunk;
sidecar.kill('SIGTERM');
await once(sidecar, 'exit');
service.close();
console.log(answer.split('\\r\\n')[0], answer.split('\\r\\n\\r\\n')[1]);
console.log(readFileSync('loaded.txt', 'utf8'));
`;
