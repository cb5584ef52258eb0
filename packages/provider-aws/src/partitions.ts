import { partitionLines } from './endpoints.generated.ts';

/** A partition of AWS. */
export interface Partition {
  /** `aws`, `aws-cn`, `aws-us-gov`. */
  readonly id: string;
  /** The region that signs for its global services. */
  readonly globalRegion: string;
  readonly isRegion: (label: string) => boolean;
}

/** Where a host stands: its partition, and its region if it names one. */
export interface Place {
  /** That of the region; without one, the first that has the suffix. */
  readonly partition: Partition;
  /** `undefined`: the host names none at its end. */
  readonly region: string | undefined;
  /** The partition of a region, among those that have the suffix. */
  readonly partitionOf: (region: string) => Partition | undefined;
  /** What is left of region and suffix. */
  readonly labels: readonly string[];
  /** Below `vpce.amazonaws.com`. */
  readonly isVpce: boolean;
  /** Below `on.aws`, where AWS gives names to what its customers run. */
  readonly isTenant: boolean;
}

const partitions: readonly (Partition & { readonly suffixes: readonly string[] })[] = partitionLines
  .trim()
  .split('\n')
  .map((line) => {
    const [id = '', suffix = '', dualStackSuffix = '', globalRegion = '', pattern = ''] = line.split(' ');
    const region = new RegExp(pattern);
    return {
      id,
      globalRegion,
      suffixes: [suffix, dualStackSuffix],
      isRegion: (label: string) => region.test(label),
    };
  });

const tenantSuffix = 'on.aws';

/** The suffixes of AWS' own hosts in all partitions, dual-stack ones too, the longest first. */
export const suffixes: readonly string[] = [
  ...new Set([...partitions.flatMap((partition) => partition.suffixes), tenantSuffix]),
].sort((a, b) => b.length - a.length);

/** Reads a host's place from its end, or `undefined` for a host that is not below a suffix of AWS. */
export function readPlace(host: string): Place | undefined {
  const suffix = suffixes.find((one) => host.endsWith(`.${one}`));
  if (suffix === undefined) return undefined;
  const labels = host.slice(0, -suffix.length - 1).split('.');
  const isTenant = suffix === tenantSuffix;
  const sharing = partitions.filter((one) => one.suffixes.includes(isTenant ? 'amazonaws.com' : suffix));
  const isVpce = labels.at(-1) === 'vpce';
  if (isVpce) labels.pop();
  const inside = isVpce ? sharing : narrowed(labels, sharing);
  const partitionOfRegion = (region: string) => inside.find((one) => one.isRegion(region));
  const common = { partitionOf: partitionOfRegion, isVpce, isTenant };
  const label = labels.at(-1) ?? '';
  const partition = partitionOfRegion(label);
  if (partition !== undefined) return { ...common, partition, region: label, labels: labels.slice(0, -1) };
  const [first] = inside;
  return first === undefined ? undefined : { ...common, partition: first, region: undefined, labels };
}

/** `iam.us-gov.amazonaws.com` says the partition, `iam.global.api.aws` that it serves all of one; takes that label off. */
function narrowed<T extends Partition>(labels: string[], sharing: readonly T[]): readonly T[] {
  const last = labels.at(-1);
  if (last !== 'global' && last !== 'us-gov') return sharing;
  labels.pop();
  return last === 'global' ? sharing : sharing.filter(({ id }) => id === 'aws-us-gov');
}

/** The partition of an id, with the suffix of its hosts that are not dual-stack ones. */
export function partitionNamed(id: string): (Partition & { readonly suffix: string }) | undefined {
  const found = partitions.find((one) => one.id === id);
  return found === undefined ? undefined : { ...found, suffix: found.suffixes[0] ?? '' };
}

/** The partition that has a region, the commercial one for a region of none: for endpoints that are not AWS' own. */
export function partitionOf(region: string): string {
  return partitions.find((one) => one.isRegion(region))?.id ?? 'aws';
}
