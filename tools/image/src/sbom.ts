import { createHash } from 'node:crypto';
import type { Material } from './material.ts';
import { mustRun } from './run.ts';

/**
 * The bill of materials as CycloneDX 1.6 JSON: what pnpm reads in the lockfile of the command's dependencies, and the
 * `materials` beside them. The same inputs give the same text: its time is `epoch`, in seconds, its serial number a digest.
 */
export function createSbom(root: string, materials: readonly Material[], epoch: number): string {
  const format = ['--sbom-format', 'cyclonedx', '--sbom-spec-version', '1.6', '--sbom-type', 'application'];
  const printed = mustRun(
    root,
    'npx',
    ...['-y', 'pnpm@12', '--silent', '--filter', '@pai/cli', 'sbom', '--prod', ...format],
  );
  const bom: Bom = JSON.parse(printed.slice(printed.indexOf('{')));
  const content = {
    ...bom,
    metadata: { ...bom.metadata, timestamp: new Date(epoch * 1_000).toISOString() },
    components: [...bom.components, ...materials.map(componentOf)].sort(byPurl),
  };
  const digest = createHash('sha256')
    .update(JSON.stringify({ ...content, serialNumber: '' }))
    .digest('hex');
  return `${JSON.stringify({ ...content, serialNumber: `urn:uuid:${uuidOf(digest)}` }, undefined, 2)}\n`;
}

interface Component {
  readonly purl: string;
}

interface Bom {
  readonly metadata: object;
  readonly components: readonly Component[];
}

function byPurl(one: Component, other: Component): number {
  if (one.purl === other.purl) return 0;
  return one.purl < other.purl ? -1 : 1;
}

function componentOf({ name, version, purl, sha256, licence }: Material) {
  return {
    type: 'library',
    name,
    version,
    purl,
    'bom-ref': purl,
    hashes: [{ alg: 'SHA-256', content: sha256 }],
    ...(licence !== undefined && { licenses: [{ license: { id: licence } }] }),
  };
}

/** The first 128 bits as a UUID of version 8 (RFC 9562), whose content is free. */
function uuidOf(hex: string): string {
  const parts = [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`];
  return [...parts, hex.slice(20, 32)].join('-');
}
