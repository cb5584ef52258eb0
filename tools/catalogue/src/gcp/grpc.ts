import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type protobuf from 'protobufjs';
import type { Catalogue } from '../manifest.ts';
import { pack, sharedText } from '../pack.ts';
import { fetchPackage, sha256 } from '../package.ts';
import { bindingsOf } from './grpc-bindings.ts';
import { prefixOf, requestOf, ruleOf } from './grpc-needs.ts';
import { type NeedRule, overrides } from './grpc-overrides.ts';
import { fieldPath, readProtos, servicesOf } from './grpc-protos.ts';
import { sampleMessages } from './grpc-samples.ts';
import { type RestNames, samplePath } from './rest-names.ts';

/** The tables of Google's gRPC services, from Google's own protos: what every rpc needs, and samples for tests. */
export function gcpGrpcCatalogues(scratch: string, restNames: RestNames): readonly Catalogue[] {
  const directory = join(scratch, 'google-proto-files');
  mkdirSync(directory);
  const source = fetchPackage('google-proto-files', '5.0.3', directory);
  const folder = join(directory, 'package');
  const { root, files } = readProtos(folder);
  const hosts = hostsOf(root);
  const origin = `${source.name} ${source.version} (${source.licence})`;
  const digest = sha256(files.map((file) => readFileSync(join(folder, file), 'utf8')).join('\n'));
  const services = [...hosts.values()].flat();
  const rpcs = services.flatMap(({ methodsArray }) => methodsArray);
  const bindings = bindingLines(hosts);
  const samples = sampleMessages(hosts, restNames);
  return [
    {
      file: 'packages/provider-gcp/src/grpc/grpc.generated.ts',
      content: render(hosts, origin, restNames),
      source,
      digest,
      counts: { hosts: hosts.size, services: services.length, rpcs: rpcs.length },
    },
    {
      file: 'packages/provider-gcp/test/vectors/grpc-samples.json',
      content: `[\n${samples.map((sample) => JSON.stringify(sample)).join(',\n')}\n]\n`,
      source,
      digest,
      counts: { samples: samples.length },
    },
    {
      file: 'packages/provider-gcp/test/vectors/grpc-bindings.json',
      content: `${JSON.stringify({ packed: pack(bindings.join('\n'), Buffer.alloc(0)) })}\n`,
      source,
      digest,
      counts: { bindings: bindings.length },
    },
  ];
}

/** `host service/rpc METHOD path`, a line each: where REST has what an rpc does. */
function bindingLines(hosts: ReadonlyMap<string, readonly protobuf.Service[]>): readonly string[] {
  return [...hosts].flatMap(([host, services]) =>
    services.flatMap(({ fullName, methodsArray }) =>
      methodsArray.flatMap((method) =>
        bindingsOf(method).map((binding) => {
          const verb = binding.verb === '' ? '' : `:${binding.verb}`;
          return `${host} ${fullName.slice(1)}/${method.name} ${binding.httpMethod} ${samplePath(binding)}${verb}`;
        }),
      ),
    ),
  );
}

/** Services that many hosts have beside their own; the provider reads them by rules of its own. */
const mixins = /^\.google\.(?:longrunning\.Operations|iam\.v1\.IAMPolicy|cloud\.location\.Locations)$/;

function hostsOf(root: protobuf.Root): ReadonlyMap<string, readonly protobuf.Service[]> {
  const hosts = new Map<string, protobuf.Service[]>();
  for (const service of servicesOf(root)) {
    const host: unknown = service.options?.['(google.api.default_host)'];
    if (typeof host !== 'string' || mixins.test(service.fullName) || service.methodsArray.length === 0)
      continue;
    const name = host.replace(/:\d+$/, '');
    if (name.endsWith('.googleapis.com')) hosts.set(name, [...(hosts.get(name) ?? []), service]);
  }
  const unused = Object.keys(overrides).filter((name) => !isRpc(root, name));
  if (unused.length > 0) throw new Error(`no rpc is called ${unused.join(', ')}`);
  return new Map([...hosts].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function isRpc(root: protobuf.Root, name: string): boolean {
  const [service = '', method = ''] = name.split('/');
  return root.lookupService(service).methods[method] !== undefined;
}

function hostText(host: string, services: readonly protobuf.Service[], restNames: RestNames): string {
  const lines = services.flatMap((service) => [
    `=${service.fullName.slice(1)}`,
    ...service.methodsArray.map((method) => {
      const { flags, needs, mentions } = ruleOf(method, host, restNames);
      const fields = [
        flags,
        needs.map((need) => needText(need, requestOf(method))).join(';'),
        mentions.join(';'),
      ];
      return `${method.name}|${fields.join('|')}`.replace(/\|$/, '');
    }),
  ]);
  return [prefixOf(host.split('.')[0] ?? ''), ...lines].join('\n');
}

function needText({ permissions, templates, isOptional }: NeedRule, request: protobuf.Type): string {
  const numbered = templates.map((template) => withNumbers(template, request));
  return `${isOptional === true ? '?' : ''}${[permissions, ...numbered].join('@')}`;
}

function withNumbers(template: string, request: protobuf.Type): string {
  return template.replace(/\{([\w.]+)/g, (_, path: string) => {
    const numbers = fieldPath(request, path);
    if (numbers === undefined) throw new Error(`${request.fullName} has no field ${path}`);
    return `{${numbers}`;
  });
}

function render(
  hosts: ReadonlyMap<string, readonly protobuf.Service[]>,
  origin: string,
  restNames: RestNames,
): string {
  const texts = [...hosts].map(([host, services]) => ({ host, text: hostText(host, services, restNames) }));
  const dictionary = sharedText(
    texts.map(({ text }) => text),
    /[|@;][^|@;\n]*/g,
  );
  const lines = texts.map(({ host, text }) => `  '${host}': '${pack(text, Buffer.from(dictionary))}',`);
  return `// Generated by tools/catalogue from ${origin}. Do not edit: run \`pnpm catalogue\`.

/** What the texts of the hosts have in common: the dictionary that they are compressed with. Itself compressed, in base64. */
export const sharedText =
  '${pack(dictionary, Buffer.alloc(0))}';

/** The gRPC services of each host, compressed, in base64. Source: ${origin}. */
export const packedHosts: Readonly<Record<string, string>> = {
${lines.join('\n')}
};
`;
}
