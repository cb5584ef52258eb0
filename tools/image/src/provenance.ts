import { join } from 'node:path';
import { type Material, sha256Of } from './material.ts';

/** What is to be said of how an image was made. */
export interface ProvenanceOptions {
  readonly root: string;
  /** Name of the subject: the image with its tag. */
  readonly subject: string;
  /** Of the image's manifest: `sha256:` and hex. */
  readonly digest: string;
  /** The options of the command, as they were given or by default. */
  readonly parameters: Readonly<Record<string, string>>;
  /** The commit; with `-dirty` behind it when files were changed since. */
  readonly revision: string;
  readonly materials: readonly Material[];
}

/**
 * A statement of in-toto (v1) with the provenance of SLSA (v1) for one image. It is not signed: whoever publishes the
 * image signs it.
 */
export function createProvenance(options: ProvenanceOptions): string {
  const { root, subject, digest, parameters, revision, materials } = options;
  const [, sha256 = ''] = digest.split(':');
  const commit = revision.replace(/-dirty$/, '');
  const statement = {
    _type: 'https://in-toto.io/Statement/v1',
    subject: [{ name: subject, digest: { sha256 } }],
    predicateType: 'https://slsa.dev/provenance/v1',
    predicate: {
      buildDefinition: {
        buildType: 'https://github.com/pai-io/pai/blob/main/docs/image.md',
        externalParameters: parameters,
        resolvedDependencies: [
          { uri: 'git+https://github.com/pai-io/pai.git', digest: { gitCommit: commit }, name: revision },
          { uri: 'pnpm-lock.yaml', digest: { sha256: sha256Of(join(root, 'pnpm-lock.yaml')) } },
          ...materials.map(({ purl, sha256 }) => ({ uri: purl, digest: { sha256 } })),
        ],
      },
      runDetails: { builder: { id: 'https://github.com/pai-io/pai/tree/main/tools/image' } },
    },
  };
  return `${JSON.stringify(statement, undefined, 2)}\n`;
}
