import { rmSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadCa } from '@pai/sidecar';
import { createHome, createLargeHome, type Home } from './homes.ts';
import { localName, services } from './services.ts';

/** A certificate and its key, PEM files. */
export interface Certificate {
  readonly certFile: string;
  readonly keyFile: string;
}

/** The files that the proxies of one run stand on. */
export interface Site {
  readonly directory: string;
  /** The one CA that signs for agents and for the upstreams. */
  readonly caDir: string;
  readonly caFile: string;
  /** By name: every service's host, and `localhost`. */
  readonly certificates: Readonly<Record<string, Certificate>>;
  /** The same names by a CA that nobody trusts. */
  readonly impostors: Readonly<Record<string, Certificate>>;
  /** The sidecar's state, with a Provider a service. */
  readonly home: Home;
  /** State with GitHub and so many Providers more, with so many rules each; made once. */
  readonly largeHome: (others: number, rules: number) => Promise<Home>;
  /** A directory in the site, for whoever calls with `name`. */
  readonly place: (name: string) => Promise<string>;
  remove(): Promise<void>;
}

/** Makes the CA, the certificates and the sidecar's state in a directory of their own. */
export async function createSite(): Promise<Site> {
  const directory = await mkdtemp(join(tmpdir(), 'pai-bench-'));
  const caDir = join(directory, 'ca');
  const removeNow = () => rmSync(directory, { recursive: true, force: true });
  process.once('exit', removeNow);
  const place = async (name: string) => {
    await mkdir(join(directory, name), { recursive: true });
    return join(directory, name);
  };
  const large = new Map<string, Promise<Home>>();
  const largeHome = (others: number, rules: number) => {
    const name = `home-${others}-${rules}`;
    const known = large.get(name) ?? createLargeHome(join(directory, name), others, rules);
    large.set(name, known);
    return known;
  };
  return {
    directory,
    caDir,
    caFile: join(caDir, 'ca.pem'),
    certificates: await writeLeaves(await place('own'), loadCa({ dir: caDir })),
    impostors: await writeLeaves(await place('impostor'), loadCa()),
    home: await createHome(join(directory, 'home')),
    largeHome,
    place,
    async remove() {
      process.off('exit', removeNow);
      await rm(directory, { recursive: true, force: true });
    },
  };
}

type Ca = Pick<ReturnType<typeof loadCa>, 'leafFor'>;

async function writeLeaves(directory: string, { leafFor }: Ca): Promise<Record<string, Certificate>> {
  const names = [...services.map(({ host }) => host), localName];
  const written = names.map(async (name) => {
    const { cert, key } = leafFor(name);
    const certFile = join(directory, `${name}.pem`);
    const keyFile = join(directory, `${name}.key`);
    await writeFile(certFile, cert);
    await writeFile(keyFile, key, { mode: 0o600 });
    return [name, { certFile, keyFile }] as const;
  });
  return Object.fromEntries(await Promise.all(written));
}
