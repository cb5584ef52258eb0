import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Architecture } from './architectures.ts';

/** What to make an image of. */
export interface BuildOptions {
  readonly dockerfile: string;
  readonly context: string;
  readonly architecture: Architecture;
  /** An image that has Node, or `scratch`. */
  readonly base: string;
  readonly tag: string;
  readonly revision: string;
  /** Seconds since the epoch: the time of everything in the image. */
  readonly epoch: number;
  /** Where the archives go. */
  readonly out: string;
  /** Where images are kept meanwhile. */
  readonly scratch: string;
}

/** The archives of an image: for registries, and for `docker load`, whose format alone has the health check. */
export interface Built {
  readonly oci: string;
  readonly docker: string;
}

/** Builds the image with buildah, without a daemon, and writes its archives. Throws when buildah fails. */
export function buildImage(options: BuildOptions): Built {
  const { architecture, base, tag, revision, epoch, out, scratch } = options;
  const store = [
    '--storage-driver',
    'vfs',
    '--root',
    join(scratch, 'store'),
    '--runroot',
    join(scratch, 'run'),
  ];
  const buildah = (...args: string[]) =>
    void execFileSync('buildah', [...store, ...args], { stdio: ['ignore', 'ignore', 'inherit'] });
  mkdirSync(out, { recursive: true });
  const settings = {
    '--isolation': 'chroot',
    '--format': 'docker',
    '--arch': architecture,
    '--os': 'linux',
    '--timestamp': String(epoch),
    '--build-arg': `BASE=${base}`,
    '--file': options.dockerfile,
    '--tag': tag,
  };
  buildah(
    ...['bud', '--quiet', '--layers=false', '--build-arg', `REVISION=${revision}`],
    ...Object.entries(settings).flat(),
    options.context,
  );
  const built = {
    oci: join(out, `pai-sidecar-${architecture}.oci.tar`),
    docker: join(out, `pai-sidecar-${architecture}.docker.tar`),
  };
  // Neither format is written over.
  for (const file of Object.values(built)) rmSync(file, { force: true });
  buildah('push', '--quiet', '--format', 'oci', tag, `oci-archive:${built.oci}:${tag}`);
  buildah('push', '--quiet', tag, `docker-archive:${built.docker}:${tag}`);
  return built;
}
