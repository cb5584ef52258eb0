import { readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createConsumer } from './consumer.ts';
import { contentProblems } from './contents.ts';
import { checkCreated } from './created.ts';
import { manifestProblems } from './manifest.ts';
import { buildAndPack, type Packed } from './pack.ts';
import { checkPlugin } from './plugin.ts';
import { mustRun } from './run.ts';
import { checkServing } from './serves.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const tools = fileURLToPath(new URL('../node_modules/.bin', import.meta.url));

let failures = 0;

/** Prints one line a check, and under it why it failed. Gives the result, or undefined. */
async function check<T>(name: string, run: () => T | Promise<T>): Promise<T | undefined> {
  try {
    const result = await run();
    process.stdout.write(`ok    ${name}\n`);
    return result;
  } catch (thrown) {
    failures += 1;
    const { message } = thrown as Error;
    process.stdout.write(`FAIL  ${name}\n${message.trimEnd().replaceAll(/^/gm, '      ')}\n`);
    return undefined;
  }
}

async function checkTarball({ directory, file, manifest, entries }: Packed): Promise<void> {
  await check(`${manifest.name} has the right package.json and files`, () => {
    const sources = new Set(readdirSync(join(directory, 'src'), { recursive: true, encoding: 'utf8' }));
    const problems = [...manifestProblems(manifest), ...contentProblems(manifest, entries, sources)];
    if (problems.length > 0) throw new Error(problems.join('\n'));
  });
  await check(`${manifest.name} passes publint`, () =>
    mustRun(directory, join(tools, 'publint'), file, '--strict'),
  );
  if (manifest.exports === undefined) return;
  await check(`${manifest.name} passes attw (ESM only)`, () =>
    mustRun(directory, join(tools, 'attw'), file, '--profile', 'esm-only', '--no-color'),
  );
}

async function checkInstalled(directory: string, all: readonly Packed[]): Promise<void> {
  const consumer = await check('plain npm installs the tarballs into an empty folder', () =>
    createConsumer(root, directory, all),
  );
  if (consumer === undefined) return;
  for (const packed of all) {
    await check(`the program in the README of ${packed.manifest.name} prints what it says`, () =>
      consumer.runReadme(packed),
    );
  }
  await check('the installed sidecar starts from the bundle alone, and serves', () =>
    checkServing(directory),
  );
  await check('a third party’s type runs in a process of its own', () => checkPlugin(root, directory));
  await check('what create-pai-provider makes installs, type checks, passes its tests and builds', () =>
    checkCreated(join(directory, 'pai-provider-acme'), all),
  );
  await check('the programs type check against the installed packages', consumer.typeCheck);
  await check('pai --version is the version of @pai/cli', async () => {
    const { out } = await mustRun(directory, join(directory, 'node_modules/.bin/pai'), '--version');
    const version = all.find(({ manifest }) => manifest.name === '@pai/cli')?.manifest.version;
    if (out.trim() !== version) throw new Error(`it is ${out.trim()}, not ${version}`);
  });
}

const directory = await mkdtemp(join(tmpdir(), 'pai-pack-'));
try {
  const packed = await check('every package builds and packs', () => buildAndPack(root, directory));
  for (const one of packed ?? []) await checkTarball(one);
  if (packed !== undefined) await checkInstalled(join(directory, 'consumer'), packed);
} finally {
  await rm(directory, { recursive: true, force: true });
}
process.stdout.write(failures === 0 ? 'every check passed\n' : `${failures} checks FAILED\n`);
process.exitCode = failures === 0 ? 0 : 1;
