import { execFileSync } from 'node:child_process';

/** What an OCI archive holds. */
export interface Archived {
  /** Of the manifest: `sha256:` and hex. */
  readonly digest: string;
  /** Bytes of the layers as they are, compressed. */
  readonly bytes: number;
}

/** Reads the one image of an OCI archive (OCI image layout). */
export function readArchive(file: string): Archived {
  const read = (path: string) => JSON.parse(execFileSync('tar', ['-xOf', file, path], { encoding: 'utf8' }));
  const { manifests } = read('index.json') as { manifests: readonly { digest: string }[] };
  const [image] = manifests;
  if (image === undefined) throw new Error(`${file} holds no image`);
  const { layers } = read(`blobs/${image.digest.replace(':', '/')}`) as {
    layers: readonly { size: number }[];
  };
  return { digest: image.digest, bytes: layers.reduce((sum, { size }) => sum + size, 0) };
}
