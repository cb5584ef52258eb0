import { familyName, type PartitionInfo, type RuledHost } from './families.ts';

/** What the endpoint rules of one client give, for the tests of the provider. */
export interface EndpointCases {
  readonly family: string;
  readonly signingName: string;
  /**
   * Regions whose hosts have the usual form (`family[-fips].region.suffix`, signed for that region), by the options for which
   * they have: `n`one, `f`IPS, `d`ual-stack, `b`oth.
   */
  readonly usual: Readonly<Record<string, string>>;
  /** All other hosts with the region that they are signed for. */
  readonly others: Readonly<Record<string, string>>;
}

/** The cases of every client by its service's id. */
export function endpointCases(
  ruled: readonly RuledHost[],
  partitions: readonly PartitionInfo[],
): Readonly<Record<string, EndpointCases>> {
  const ids = [...new Set(ruled.map(({ id }) => id))].sort();
  return Object.fromEntries(
    ids.flatMap((id) => {
      const own = ruled.filter((one) => one.id === id && !isShared(one));
      const [first] = own;
      return first === undefined ? [] : [[id, casesOf(own, familyName(first.host, partitions), partitions)]];
    }),
  );
}

/** The two partitions that share a suffix have one name there: it is the commercial one's. */
function isShared({ host, signingRegion }: RuledHost): boolean {
  return signingRegion.startsWith('us-gov-') && !host.includes('us-gov');
}

function casesOf(
  own: readonly RuledHost[],
  family: string,
  partitions: readonly PartitionInfo[],
): EndpointCases {
  const isUsual = (one: RuledHost) =>
    one.host === usualHost(one, family, partitions) && one.signingRegion === one.region;
  const byRegion = new Map<string, string>();
  for (const one of own.filter(isUsual)) {
    byRegion.set(one.region, (byRegion.get(one.region) ?? '') + options(one));
  }
  const byOptions = new Map<string, string[]>();
  for (const [region, found] of byRegion) byOptions.set(found, [...(byOptions.get(found) ?? []), region]);
  return {
    family,
    signingName: own[0]?.signingName ?? '',
    usual: Object.fromEntries([...byOptions].map(([found, regions]) => [found, regions.join(' ')])),
    others: Object.fromEntries(
      own.filter((one) => !isUsual(one)).map(({ host, signingRegion }) => [host, signingRegion]),
    ),
  };
}

function options({ isFips, isDualStack }: RuledHost): string {
  if (isFips && isDualStack) return 'b';
  if (isFips) return 'f';
  return isDualStack ? 'd' : 'n';
}

function usualHost(
  { region, isFips, isDualStack }: RuledHost,
  family: string,
  partitions: readonly PartitionInfo[],
): string | undefined {
  const partition = partitions.find(({ regionRegex }) => new RegExp(regionRegex).test(region));
  if (partition === undefined) return undefined;
  const { dnsSuffix, dualStackDnsSuffix } = partition.outputs;
  return `${family}${isFips ? '-fips' : ''}.${region}.${isDualStack ? dualStackDnsSuffix : dnsSuffix}`;
}
