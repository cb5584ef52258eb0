import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { generate } from 'selfsigned';

const [certFile, keyFile, count] = process.argv.slice(2) as [string, string, string];
const ca = { cert: readFileSync(certFile, 'utf8'), key: readFileSync(keyFile, 'utf8') };

await mint('warm-up', 20);
const before = process.cpuUsage();
await mint('counted', Number(count));
const { user, system } = process.cpuUsage(before);
process.stdout.write(JSON.stringify({ unseen: (user + system) / Number(count) }));

async function mint(name: string, times: number): Promise<void> {
  for (let i = 0; i < times; i += 1) {
    const host = `${name}-${i}.example.org`;
    const { cert, private: key } = await generate([{ name: 'commonName', value: host }], {
      keyType: 'ec',
      curve: 'P-256',
      algorithm: 'sha256',
      ca,
      extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: host }] }],
    });
    createSecureContext({ cert, key });
  }
}
