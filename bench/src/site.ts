import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { loadCa } from '@pai/sidecar';
import { host, providerYaml, realToken } from './exchange.ts';
import { packagesDirectory } from './installed.ts';

/** The files that the proxies of one run stand on. */
export interface Site {
  readonly directory: string;
  /** The one CA that signs for agents and for the upstream. */
  readonly caDir: string;
  readonly caFile: string;
  readonly certFile: string;
  readonly keyFile: string;
  /** A certificate for the same name by a CA that nobody trusts. */
  readonly impostor: { readonly certFile: string; readonly keyFile: string };
  /** The sidecar's state: the Provider and its Secret. */
  readonly home: string;
  remove(): Promise<void>;
}

/** The command from its sources. */
export const sourceMain = join(packagesDirectory, 'cli/src/main.ts');

/** Makes the CA, the certificates and the sidecar's state in a directory of their own. */
export async function createSite(): Promise<Site> {
  const directory = await mkdtemp(join(tmpdir(), 'pai-bench-'));
  const caDir = join(directory, 'ca');
  const own = await writeLeaf(join(directory, 'own'), loadCa({ dir: caDir }));
  const impostor = await writeLeaf(join(directory, 'impostor'), loadCa());
  const home = join(directory, 'home');
  const pai = (...args: string[]) =>
    promisify(execFile)(process.execPath, [sourceMain, '--home', home, ...args]);
  const resource = join(directory, 'provider.yaml');
  await writeFile(resource, providerYaml);
  await pai('add', 'secret', 'github-pat', '--from-literal', `token=${realToken}`);
  await pai('apply', '-f', resource);
  return {
    directory,
    caDir,
    caFile: join(caDir, 'ca.pem'),
    ...own,
    impostor,
    home,
    remove: () => rm(directory, { recursive: true, force: true }),
  };
}

async function writeLeaf(directory: string, { leafFor }: Pick<ReturnType<typeof loadCa>, 'leafFor'>) {
  const { cert, key } = leafFor(host);
  await mkdir(directory);
  const certFile = join(directory, 'cert.pem');
  const keyFile = join(directory, 'key.pem');
  await writeFile(certFile, cert);
  await writeFile(keyFile, key, { mode: 0o600 });
  return { certFile, keyFile };
}
