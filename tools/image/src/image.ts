import { execFileSync } from 'node:child_process';
import { chmodSync, globSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { layApp } from './app.ts';
import { type Architecture, architectures, ownArchitecture } from './architectures.ts';
import { type Archived, readArchive } from './archive.ts';
import { type Built, buildImage } from './build.ts';
import { layCompiledCode } from './compiled-code.ts';
import { layLibraries } from './libraries.ts';
import type { Material } from './material.ts';
import { layNode } from './node-runtime.ts';
import { createProvenance } from './provenance.ts';
import { createSbom } from './sbom.ts';

/** What image to make. */
export interface ImageOptions {
  readonly root: string;
  readonly architecture: Architecture;
  /** An image that has Node in its PATH, or `scratch`: then Node and its libraries are laid. */
  readonly base: string;
  readonly tag: string;
  readonly out: string;
}

/** Everything that was written for one image. */
export interface Image extends Built, Archived {
  readonly sbom: string;
  readonly provenance: string;
}

/** What `layContext` made a context from. */
export interface Laid {
  readonly materials: readonly Material[];
  /** CycloneDX, as JSON. */
  readonly sbom: string;
  readonly revision: string;
  /** Seconds. */
  readonly epoch: number;
}

/** Lays everything that the Dockerfile copies into the directory `context`. */
export async function layContext(
  { root, architecture, base }: Pick<ImageOptions, 'root' | 'architecture' | 'base'>,
  context: string,
): Promise<Laid> {
  const { revision, epoch } = describeSources(root);
  const scratch = mkdtempSync(join(tmpdir(), 'pai-image-'));
  try {
    const materials = layRuntime(architecture, base, join(context, 'runtime'), scratch);
    const sbom = createSbom(root, materials, epoch);
    const app = join(context, 'app');
    await layApp(root, app);
    // Another's program cannot be run here, nor is it known which one another base has.
    if (base === 'scratch' && architecture === ownArchitecture)
      layCompiledCode(app, join(context, 'runtime/usr/local/bin/node'));
    writeFileSync(join(app, 'sbom.cdx.json'), sbom);
    mkdirs(context, 'empty');
    setModes(context, architecture);
    return { materials, sbom, revision, epoch };
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** Makes the image of the sidecar: two archives, the bill of materials, the provenance. */
export async function createImage(options: ImageOptions): Promise<Image> {
  const { root, architecture, base, tag, out } = options;
  const scratch = mkdtempSync(join(tmpdir(), 'pai-image-'));
  try {
    const context = join(scratch, 'context');
    const { materials, sbom, revision, epoch } = await layContext(options, context);
    const dockerfile = join(root, 'packages/sidecar/Dockerfile');
    const built = buildImage({
      ...{ dockerfile, context, architecture, base, tag, revision, epoch, out, scratch },
    });
    const archived = readArchive(built.oci);
    const parameters = { architecture, base, tag };
    const { digest } = archived;
    const write = (name: string, text: string) => {
      const file = join(out, `pai-sidecar-${architecture}.${name}`);
      writeFileSync(file, text);
      return file;
    };
    return {
      ...built,
      ...archived,
      sbom: write('sbom.cdx.json', sbom),
      provenance: write(
        'provenance.json',
        createProvenance({ root, subject: tag, digest, parameters, revision, materials }),
      ),
    };
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** Which commit this is and its time, in seconds; `SOURCE_DATE_EPOCH` takes its place (reproducible-builds.org). */
function describeSources(root: string): { readonly revision: string; readonly epoch: number } {
  const git = (...args: string[]) => execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trim();
  const given = process.env['SOURCE_DATE_EPOCH'];
  try {
    const dirty = git('status', '--porcelain') === '' ? '' : '-dirty';
    const epoch = Number(given ?? git('log', '-1', '--format=%ct'));
    return { revision: `${git('rev-parse', 'HEAD')}${dirty}`, epoch };
  } catch {
    return { revision: 'unknown', epoch: Number(given ?? 0) };
  }
}

function layRuntime(
  architecture: Architecture,
  base: string,
  rootfs: string,
  scratch: string,
): readonly Material[] {
  mkdirSync(rootfs, { recursive: true });
  if (base !== 'scratch') return [];
  writeFileSync(join(mkdirs(rootfs, 'etc'), 'passwd'), 'pai:x:65532:65532:Pai:/nonexistent:/sbin/nologin\n');
  writeFileSync(join(rootfs, 'etc/group'), 'pai:x:65532:\n');
  // Where Node looks for the system's roots: empty, for CAs that somebody mounts.
  mkdirs(rootfs, 'etc/ssl/certs');
  const at = (name: string) => mkdirs(scratch, name);
  return [layNode(architecture, rootfs, at('node')), ...layLibraries(architecture, rootfs, at('libraries'))];
}

function mkdirs(...path: readonly string[]): string {
  const directory = join(...path);
  mkdirSync(directory, { recursive: true });
  return directory;
}

/** The same modes whatever the umask of whoever builds. */
function setModes(context: string, architecture: Architecture): void {
  const programs = ['usr/local/bin/node', architectures[architecture].loader].map((path) =>
    join(context, 'runtime', path),
  );
  for (const path of [context, ...globSync('**/*', { cwd: context }).map((name) => join(context, name))]) {
    const isOpen = statSync(path).isDirectory() || programs.includes(path);
    chmodSync(path, isOpen ? 0o755 : 0o644);
  }
}
