import type { Merged } from './merge.ts';

/** A host as a client's own endpoint rules give it. */
export interface RuledHost {
  readonly id: string;
  /** What the client was asked for. */
  readonly region: string;
  readonly isFips: boolean;
  readonly isDualStack: boolean;
  readonly host: string;
  readonly signingName: string;
  readonly signingRegion: string;
}

/** A family of hosts: what its services are, and how they are signed for. */
export interface HostFamily {
  readonly name: string;
  readonly models: readonly string[];
  readonly signingName: string;
  /** `g`: one endpoint serves all regions of a partition; `n`: one without a region does; `l`: one without a region is us-east-1's. */
  readonly reach: 'g' | 'n' | 'l' | '';
}

/** A partition, as the SDK's own table has it. */
export interface PartitionInfo {
  readonly id: string;
  readonly regionRegex: string;
  readonly outputs: {
    readonly dnsSuffix: string;
    readonly dualStackDnsSuffix: string;
    readonly implicitGlobalRegion: string;
  };
}

/** The name of a host's family: what is left of its region and suffix, without the marks of FIPS and dual-stack. */
export function familyName(host: string, partitions: readonly PartitionInfo[]): string {
  const suffixes = partitions.flatMap(({ outputs }) => [outputs.dnsSuffix, outputs.dualStackDnsSuffix]);
  const suffix = suffixes.sort((a, b) => b.length - a.length).find((one) => host.endsWith(`.${one}`));
  if (suffix === undefined) throw new Error(`${host} is in no partition`);
  const isRegion = (label: string) =>
    partitions.some(({ regionRegex }) => new RegExp(regionRegex).test(label));
  const marks = ['fips', 'dualstack', 'global', 'us-gov'];
  return host
    .slice(0, -suffix.length - 1)
    .split('.')
    .filter((label) => !isRegion(label) && !marks.includes(label))
    .map((label) => label.replace(/-fips$/, ''))
    .join('.');
}

interface Named {
  readonly services: readonly Merged[];
  readonly ruled: readonly RuledHost[];
  readonly named: readonly (readonly [name: string, id: string])[];
  readonly partitions: readonly PartitionInfo[];
}

/** Every family of the services' hosts: from their descriptions, their clients' rules and the names by hand. */
export function hostFamilies({ services, ruled, named, partitions }: Named): readonly HostFamily[] {
  const found = new Map<string, { models: Set<string>; signingName: string }>();
  const add = (name: string, model: string, signingName: string) => {
    const family = found.get(name) ?? { models: new Set<string>(), signingName };
    found.set(name, { ...family, models: family.models.add(model) });
  };
  for (const { id, host, signingName } of ruled) add(familyName(host, partitions), id, signingName);
  const byId = new Map(services.map((service) => [service.id, service]));
  for (const [name, id] of named) add(name, id, byId.get(id)?.signingName ?? name);
  for (const service of services) {
    const names = [...service.endpointPrefixes, ...(otherNames[service.id] ?? [])];
    const prefixes = service.operations.flatMap(({ hostPrefix }) => hostPrefix ?? []);
    for (const name of names) {
      add(name, service.id, service.signingName);
      for (const prefix of prefixes.filter((one) => !one.includes('{')))
        add(prefix + name, service.id, service.signingName);
    }
  }
  const single = new Set([...globalFamilies, ...singleEndpoints(ruled, partitions)]);
  const reach = (name: string) => (single.has(name) ? 'g' : (regionless[name] ?? ''));
  return [...found]
    .map(([name, { models, signingName }]) => ({
      name,
      models: [...models].filter((id) => !isReplaced(id, models)).sort(),
      signingName,
      reach: reach(name),
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** The first Chime API, whose own hosts are kept, gave its parts to services that took their routes over. */
function isReplaced(id: string, models: ReadonlySet<string>): boolean {
  return id === 'chime' && models.size > 1;
}

/** Names of hosts that neither descriptions nor rules have. Source: the services' endpoint and quota pages. */
const otherNames: Readonly<Record<string, readonly string[]>> = {
  dynamodb: ['ddb', 'search-ddb'],
  cloudfrontkeyvaluestore: ['cloudfront-kvs'],
  cloudwatchlogs: ['streaming-logs'],
  cloudsearchdomain: ['cloudsearchdomain'],
  elasticsearchservice: ['es'],
  health: ['global.health'],
  iotdataplane: ['data.iot', 'data-ats.iot'],
  kinesis: ['control-kinesis', 'data-kinesis'],
  machinelearning: ['realtime.machinelearning'],
  mturk: ['mturk-requester-sandbox'],
  neptunegraph: ['neptune-graph'],
  sqs: ['queue'],
};

/** Families with one endpoint for all regions, of services whose clients' rules are not read or do not show it. */
const globalFamilies = [
  'catalog.marketplace',
  'chime',
  'cur',
  'discovery',
  'ecr-public',
  'api.ecr-public',
  'entitlement.marketplace',
  'freetier',
  'global.health',
  'globalaccelerator',
  'iam',
  'importexport',
  'marketplacecommerceanalytics',
  'migrationhub-config',
  'mobileanalytics',
  'mturk-requester',
  'mturk-requester-sandbox',
  'networkmanager',
  'route53-recovery-control-config',
  'route53-recovery-readiness',
  'route53domains',
  'savingsplans',
  'tax',
  'trustedadvisor',
  'waf',
];

/** Families that may stand without a region, and are not of one endpoint: STS' own global one, and those older than regions. */
const regionless: Readonly<Record<string, HostFamily['reach']>> = {
  autoscaling: 'l',
  cloudformation: 'l',
  dynamodb: 'l',
  ec2: 'l',
  elasticloadbalancing: 'l',
  elasticmapreduce: 'l',
  monitoring: 'l',
  queue: 'l',
  rds: 'l',
  sns: 'l',
  sqs: 'l',
  sts: 'n',
};

/** Those whose clients ask one host, whatever commercial region they are made with. */
function singleEndpoints(
  ruled: readonly RuledHost[],
  partitions: readonly PartitionInfo[],
): readonly string[] {
  const hosts = new Map<string, Set<string>>();
  for (const { id, region, host, isFips, isDualStack } of ruled) {
    if (isFips || isDualStack || !/^(us|eu)-(east|west)-\d$/.test(region)) continue;
    hosts.set(id, (hosts.get(id) ?? new Set()).add(host));
  }
  return [...hosts.values()]
    .filter((set) => set.size === 1)
    .flatMap((set) => [...set].map((host) => familyName(host, partitions)));
}
