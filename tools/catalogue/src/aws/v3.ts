import type { SourceMember, SourceOperation, SourceProtocol, SourceService, SourceShape } from './source.ts';
import { foldId } from './v2.ts';

/** A loaded `@aws-sdk/client-*` package: its exports by name. */
export type ClientModule = Readonly<Record<string, unknown>>;

/** What a client says of itself when it is made with a region. */
export interface ClientConfig {
  readonly serviceId: string;
  readonly apiVersion: string;
  readonly defaultSigningName: string;
  readonly protocol: { readonly constructor: { readonly name: string } };
  readonly protocolSettings?: { readonly serviceTarget?: string };
  readonly endpointProvider: (parameters: Record<string, unknown>) => {
    readonly url: URL;
    readonly properties: { readonly authSchemes?: readonly Readonly<Record<string, unknown>>[] };
  };
}

/** The configuration of a package's client. */
export function clientConfig(client: ClientModule): ClientConfig {
  const name = Object.keys(client).find((key) => key.endsWith('Client') && key !== '__Client') ?? '';
  const Client = client[name] as new (options: object) => { config: ClientConfig };
  const credentials = { accessKeyId: 'a', secretAccessKey: 'b' };
  return new Client({ region: 'us-east-1', credentials }).config;
}

/** Reads a package's schemas: one service, without its IAM prefix, its routes below `base`. Its `endpointPrefix` is what stands left of the region. */
export function readV3(
  client: ClientModule,
  base: string = basePath(clientConfig(client)),
): Omit<SourceService, 'prefix'> {
  const config = clientConfig(client);
  const read = createSchemaReader();
  const schemas = Object.values(client).filter((value) => Array.isArray(value)) as unknown as Schema[];
  const protocol = protocols[config.protocol.constructor.name];
  if (protocol === undefined) throw new Error(`no protocol is known as ${config.protocol.constructor.name}`);
  const operations = schemas
    .filter(([type]) => type === 9)
    .map((schema) => operationOf(schema, protocol, read, base));
  const target = config.protocolSettings?.serviceTarget;
  return {
    id: foldId(config.serviceId),
    endpointPrefix: endpointPrefix(config),
    signingName: config.defaultSigningName,
    protocols: [protocol],
    versions: [config.apiVersion],
    // the other protocols have one too, which nothing ever says
    targets: target !== undefined && (protocol === 'json' || protocol === 'cbor') ? [target] : [],
    operations: operations.sort((a, b) => (a.name < b.name ? -1 : 1)),
  };
}

const protocols: Readonly<Record<string, SourceProtocol>> = {
  AwsJson1_0Protocol: 'json',
  AwsJson1_1Protocol: 'json',
  AwsQueryProtocol: 'query',
  AwsEc2QueryProtocol: 'ec2',
  AwsRestJsonProtocol: 'rest-json',
  AwsRestXmlProtocol: 'rest-xml',
  S3RestXmlProtocol: 'rest-xml',
  AwsSmithyRpcV2CborProtocol: 'cbor',
  SmithyRpcV2CborProtocol: 'cbor',
};

/** What the endpoint puts in front of every path: `/v2` for the maps of Amazon Location. */
export function basePath(config: ClientConfig): string {
  try {
    return config.endpointProvider({ Region: 'eu-west-1' }).url.pathname.replace(/\/$/, '');
  } catch {
    return '';
  }
}

function endpointPrefix(config: ClientConfig): string {
  try {
    const { hostname } = config.endpointProvider({ Region: 'eu-west-1' }).url;
    return hostname.replace(/(\.[a-z]{2}-[a-z]+-\d)?\.(amazonaws\.com|api\.aws)$/, '');
  } catch {
    return config.defaultSigningName;
  }
}

/** `[type, namespace, name, traits, …]`: 1 list, 2 map, 3 structure, 4 union, 9 operation. Source: @smithy/core/schema. */
type Schema = readonly [type: number, namespace: string, name: string, traits: Traits, ...rest: unknown[]];
type Traits = number | Readonly<Record<string, unknown>> | undefined;
type SchemaReader = (reference: unknown) => { shape: SourceShape; traits: Readonly<Record<string, unknown>> };

const bits = [
  'httpLabel',
  'idempotent',
  'idempotencyToken',
  'sensitive',
  'httpPayload',
  'httpResponseCode',
  'httpQueryParams',
];

function traitsOf(traits: Traits): Readonly<Record<string, unknown>> {
  if (typeof traits !== 'number') return traits ?? {};
  return Object.fromEntries(bits.filter((_, bit) => (traits >> bit) & 1).map((name) => [name, 1]));
}

function operationOf(
  schema: Schema,
  protocol: SourceProtocol,
  read: SchemaReader,
  base: string,
): SourceOperation {
  const [, , name, traits, input] = schema;
  const { http, endpoint } = traitsOf(traits) as { http?: [string, string]; endpoint?: [string] };
  const { shape } = read(input);
  const members = shape.type === 'structure' ? shape.members : [];
  const isRest = protocol.startsWith('rest-');
  return {
    name,
    ...(isRest && http !== undefined && { route: { method: http[0], template: base + http[1] } }),
    ...(endpoint !== undefined && { hostPrefix: endpoint[0] }),
    input: isRest ? members : members.map((member) => ({ ...member, place: 'body' })),
  };
}

function createSchemaReader(): SchemaReader {
  const known = new Map<unknown, SourceShape>();
  const read: SchemaReader = (reference) => {
    const value = typeof reference === 'function' ? reference() : reference;
    if (typeof value === 'number') return { shape: simple(value), traits: {} };
    if (typeof value === 'string') return { shape: { type: 'structure', members: [] }, traits: {} };
    const schema = value as Schema;
    // `[reference, traits]` is what stands at a member
    if (typeof schema[0] !== 'number' || schema.length === 2) {
      const inner = read(schema[0]);
      return { shape: inner.shape, traits: { ...inner.traits, ...traitsOf(schema[1] as unknown as Traits) } };
    }
    return { shape: known.get(schema) ?? build(schema), traits: traitsOf(schema[3]) };
  };
  function build(schema: Schema): SourceShape {
    const [type, , , traits, first, second, required] = schema;
    if (type === 1) {
      const holder = { type: 'list' as const, of: scalar as SourceShape, element: 'member', isFlat: false };
      known.set(schema, holder);
      const inner = read(first);
      holder.of = inner.shape;
      if (typeof inner.traits['xmlName'] === 'string') holder.element = inner.traits['xmlName'];
      holder.isFlat = traitsOf(traits)['xmlFlattened'] !== undefined;
      return holder;
    }
    if (type === 2) {
      const holder = { type: 'map' as const, of: scalar as SourceShape };
      known.set(schema, holder);
      holder.of = read(second).shape;
      return holder;
    }
    if (type === 3 || type === 4) {
      const members: SourceMember[] = [];
      const holder = { type: 'structure' as const, members };
      known.set(schema, holder);
      for (const [index, name] of (first as string[]).entries()) {
        members.push(memberOf(name, read((second as unknown[])[index]), index < Number(required ?? 0)));
      }
      return holder;
    }
    return type === 0 ? read(first).shape : scalar;
  }
  return read;
}

const scalar: SourceShape = { type: 'scalar' };

function simple(code: number): SourceShape {
  if (code & 64) return { type: 'list', of: simple(code & 63), element: 'member', isFlat: false };
  if (code & 128) return { type: 'map', of: simple(code & 63) };
  return code === 21 || code === 42 ? { type: 'blob' } : scalar;
}

function memberOf(
  name: string,
  { shape, traits }: ReturnType<SchemaReader>,
  isRequired: boolean,
): SourceMember {
  const text = (trait: string) => (typeof traits[trait] === 'string' ? traits[trait] : undefined);
  const base = {
    name,
    isRequired,
    shape: flattened(shape, traits),
    form: text('ec2QueryName') ?? text('xmlName') ?? name,
  };
  if (traits['httpLabel'] !== undefined) return { ...base, place: 'label', wire: name };
  if (traits['httpQueryParams'] !== undefined) return { ...base, place: 'query-map', wire: name };
  if (traits['httpPayload'] !== undefined)
    return { ...base, place: 'payload', wire: text('xmlName') ?? name };
  const query = text('httpQuery');
  if (query !== undefined) return { ...base, place: 'query', wire: query };
  const header = text('httpHeader');
  if (header !== undefined) return { ...base, place: 'header', wire: header };
  const headers = text('httpPrefixHeaders');
  if (headers !== undefined) return { ...base, place: 'header-map', wire: headers };
  return { ...base, place: 'body', wire: text('jsonName') ?? text('xmlName') ?? name };
}

function flattened(shape: SourceShape, traits: Readonly<Record<string, unknown>>): SourceShape {
  if (shape.type !== 'list' || traits['xmlFlattened'] === undefined) return shape;
  return { ...shape, isFlat: true };
}
