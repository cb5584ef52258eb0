import type { Endpoint } from './endpoint.ts';
import { families } from './families.ts';
import type { Place } from './partitions.ts';

/**
 * Reads the hosts whose left labels name what a customer has there: an account, an API, a function, a domain, a device
 * gateway. `undefined` for every other host. Source: the services' own guides.
 */
export function readTenantHost(place: Place): Endpoint | undefined {
  if (place.isVpce) return undefined;
  const normal = place.labels.map((label) => label.replace(/-fips$/, ''));
  for (const [index, label] of place.labels.entries()) {
    const isRegionFirst = place.region === undefined && place.partitionOf(label) !== undefined;
    const name = normal.slice(isRegionFirst ? index + 1 : index).join('.');
    const tenant = tenants.get((place.isTenant ? '@' : isRegionFirst ? '*.' : '') + name);
    const left = place.labels.slice(0, index);
    if (tenant === undefined || !tenant.left.test(left.join('.'))) continue;
    return endpoint(tenant, place, isRegionFirst ? label : place.region, left);
  }
  return undefined;
}

interface Tenant {
  /** The name in `Endpoint`. */
  readonly service: string;
  /** The family whose models and signing name it has, or a signing name of its own. */
  readonly family?: string;
  readonly signingName?: string;
  /** What may stand left of it. */
  readonly left: RegExp;
  /** The first label is an account's id, if it looks like one. */
  readonly hasAccount?: true;
  /** It is signed for every region. */
  readonly isEverywhere?: true;
}

const one = /^[a-z0-9-]+$/;
const two = /^[a-z0-9-]+\.[a-z0-9-]+$/;
const oneOrTwo = /^[a-z0-9-]+(?:\.[a-z0-9-]+)?$/;
const account = /^\d{12}$/;

/** By what follows the left labels; `*.` where the region stands before it, `@` below on.aws. */
const tenants: ReadonlyMap<string, Tenant> = new Map(
  Object.entries<Tenant>({
    ddb: { service: 'dynamodb', family: 'dynamodb', left: account, hasAccount: true },
    'search-ddb': { service: 'dynamodb', family: 'dynamodb', left: account, hasAccount: true },
    'control-kinesis': { service: 'kinesis', family: 'kinesis', left: oneOrTwo, hasAccount: true },
    'data-kinesis': { service: 'kinesis', family: 'kinesis', left: oneOrTwo, hasAccount: true },
    'cloudfront-kvs': {
      service: 'cloudfront-kvs',
      family: 'cloudfront-kvs',
      left: account,
      hasAccount: true,
      isEverywhere: true,
    },
    'endpoint.events': { service: 'events', family: 'events', left: two, isEverywhere: true },
    'endpoints.email': { service: 'email', family: 'email', left: two, isEverywhere: true },
    'execute-api': { service: 'execute-api', family: 'execute-api', left: one },
    'appsync-api': { service: 'appsync-api', signingName: 'appsync', left: one },
    '@lambda-url': { service: 'lambda-url', signingName: 'lambda', left: one },
    '@vpc-lattice-svcs': {
      service: 'vpc-lattice-svcs',
      signingName: 'vpc-lattice-svcs',
      left: two,
    },
    'gateway.bedrock-agentcore': {
      service: 'gateway.bedrock-agentcore',
      signingName: 'bedrock-agentcore',
      left: one,
    },
    '*.es': { service: 'es-domain', signingName: 'es', left: one },
    '@aos': { service: 'es-domain', signingName: 'es', left: one },
    '*.aoss': { service: 'aoss-collection', signingName: 'aoss', left: one },
    '*.osis': { service: 'osis-pipeline', signingName: 'osis', left: one },
    '*.cloudsearch': {
      service: 'cloudsearchdomain',
      family: 'cloudsearchdomain',
      left: /^(?:doc|search)-[a-z0-9-]+$/,
    },
    iot: { service: 'data-ats.iot', family: 'data-ats.iot', left: /^[a-z0-9]+(?:-ats)?$/ },
    'jobs.iot': { service: 'data.jobs.iot', family: 'data.jobs.iot', left: /^[a-z0-9]+$/ },
    'data.mediastore': { service: 'data.mediastore', family: 'data.mediastore', left: /^[a-z0-9]+$/ },
    kinesisvideo: { service: 'kinesisvideo', family: 'kinesisvideo', left: /^[a-z]-[a-z0-9]+$/ },
    mediaconvert: { service: 'mediaconvert', family: 'mediaconvert', left: /^[a-z0-9]+$/ },
    'route53-recovery-cluster': {
      service: 'route53-recovery-cluster',
      family: 'route53-recovery-cluster',
      left: /^[a-z0-9-]+$/,
    },
    'neptune-graph': { service: 'neptune-graph', family: 'neptune-graph', left: one },
    '*.neptune-graph': { service: 'neptune-graph', family: 'neptune-graph', left: /^[a-z0-9-]*$/ },
    '@neptune-graph': { service: 'neptune-graph', family: 'neptune-graph', left: /^[a-z0-9-]*$/ },
    'aps-workspaces': { service: 'aps-workspaces', signingName: 'aps', left: /^$/ },
  }),
);

function endpoint(
  { service, family: familyName, signingName, hasAccount, isEverywhere }: Tenant,
  place: Place,
  region: string | undefined,
  labels: readonly string[],
): Endpoint | undefined {
  const family = families.get(familyName ?? '');
  const [first = ''] = labels;
  if ((region === undefined) !== (isEverywhere === true)) return undefined;
  return {
    service,
    models: family?.models ?? [],
    signingName: signingName ?? family?.signingName ?? '',
    region: region ?? '*',
    partition: (place.partitionOf(region ?? '') ?? place.partition).id,
    ...(hasAccount && account.test(first) && { accountId: first }),
    labels,
    algorithm: isEverywhere ? 'sigv4a' : 'sigv4',
    isGlobal: false,
  };
}
