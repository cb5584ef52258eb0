import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type SourcePackage, sha256 } from './package.ts';

/** A generated table and where it comes from. */
export interface Catalogue {
  /** Path in the repository. */
  readonly file: string;
  readonly content: string;
  readonly source: SourcePackage;
  /** Files of the source package that were read; or, of too many to list, one digest over all. */
  readonly inputs?: readonly string[];
  readonly digest?: string;
  /** Further packages that were read. */
  readonly others?: readonly OtherSource[];
  readonly counts: Readonly<Record<string, number>>;
}

/** A package beside the first that a table comes from, with one digest over the files that were read. */
export interface OtherSource {
  readonly package: string;
  readonly version: string;
  readonly licence: string;
  readonly digest: string;
}

/** A catalogue as `manifest.json` records it. */
export interface ManifestEntry {
  readonly file: string;
  /** SHA-256 of the generated file. */
  readonly sha256: string;
  readonly source: {
    readonly package: string;
    readonly version: string;
    readonly licence: string;
    /** SHA-256 of each input file by its path in the package. */
    readonly inputs?: Readonly<Record<string, string>>;
    readonly digest?: string;
  };
  readonly others?: readonly OtherSource[];
  readonly counts: Readonly<Record<string, number>>;
}

/** Writes the table under `root` and gives its manifest entry. The same inputs always give the same bytes. */
export function writeCatalogue(root: string, catalogue: Catalogue): ManifestEntry {
  const { file, content, source, inputs, digest, others, counts } = catalogue;
  writeFileSync(join(root, file), content);
  return {
    file,
    sha256: sha256(content),
    source: {
      package: source.name,
      version: source.version,
      licence: source.licence,
      ...(inputs && {
        inputs: Object.fromEntries(inputs.map((input) => [input, sha256(source.read(input))])),
      }),
      ...(digest !== undefined && { digest }),
    },
    ...(others && { others }),
    counts,
  };
}
