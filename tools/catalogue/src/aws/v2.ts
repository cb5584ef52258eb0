import type { SourceMember, SourceOperation, SourceProtocol, SourceService, SourceShape } from './source.ts';

/** Reads one `apis/*.min.json` of the package `aws-sdk`: a service in one of its API versions, without its IAM prefix. */
export function readV2(text: string): Omit<SourceService, 'prefix'> {
  const { metadata, operations, shapes = {} } = JSON.parse(text) as Model;
  const protocol = protocolOf(metadata.protocol);
  const read = createShapeReader(shapes, protocol);
  return {
    id: foldId(metadata.serviceId),
    endpointPrefix: metadata.endpointPrefix,
    signingName: metadata.signingName ?? metadata.endpointPrefix,
    protocols: [protocol],
    versions: [metadata.apiVersion],
    targets: metadata.targetPrefix === undefined ? [] : [metadata.targetPrefix],
    operations: Object.entries(operations).map(([name, operation]) =>
      operationOf(name, operation, protocol, read),
    ),
  };
}

/** A service id as the catalogue spells it: `Elastic Load Balancing v2` is `elasticloadbalancingv2`. */
export function foldId(serviceId: string): string {
  return serviceId.toLowerCase().replace(/[^a-z0-9]/g, '');
}

interface Model {
  readonly metadata: {
    readonly apiVersion: string;
    readonly endpointPrefix: string;
    readonly protocol: string;
    readonly serviceId: string;
    readonly signingName?: string;
    readonly targetPrefix?: string;
  };
  readonly operations: Readonly<Record<string, Operation>>;
  readonly shapes?: Readonly<Record<string, Shape>>;
}

interface Operation {
  readonly http?: { readonly method?: string; readonly requestUri?: string };
  readonly endpoint?: { readonly hostPrefix?: string };
  readonly input?: Shape;
}

interface Shape {
  readonly shape?: string;
  readonly type?: string;
  readonly members?: Readonly<Record<string, Shape>>;
  readonly member?: Shape;
  readonly value?: Shape;
  readonly required?: readonly string[];
  readonly payload?: string;
  readonly flattened?: boolean;
  readonly location?: string;
  readonly locationName?: string;
  readonly queryName?: string;
}

type ShapeReader = (shape: Shape) => SourceShape;

function protocolOf(name: string): SourceProtocol {
  if (['json', 'query', 'ec2', 'rest-json', 'rest-xml'].includes(name)) return name as SourceProtocol;
  throw new Error(`${name} is not a protocol that the catalogue knows`);
}

function operationOf(
  name: string,
  { http, endpoint, input }: Operation,
  protocol: SourceProtocol,
  read: ShapeReader,
): SourceOperation {
  const isRest = protocol.startsWith('rest-');
  const shape = input === undefined ? undefined : read(input);
  const members = shape?.type === 'structure' ? shape.members : [];
  return {
    name,
    ...(isRest && { route: { method: http?.method ?? 'POST', template: http?.requestUri ?? '/' } }),
    ...(endpoint?.hostPrefix !== undefined && { hostPrefix: endpoint.hostPrefix }),
    input: isRest ? members : members.map((member) => ({ ...member, place: 'body' })),
  };
}

function createShapeReader(shapes: Readonly<Record<string, Shape>>, protocol: SourceProtocol): ShapeReader {
  const known = new Map<string, SourceShape>();
  const read: ShapeReader = (shape) => {
    if (shape.shape === undefined) return build(shape, {});
    const seen = known.get(shape.shape);
    if (seen !== undefined) return seen;
    const holder: Mutable = {};
    known.set(shape.shape, holder as SourceShape);
    return build(shapes[shape.shape] ?? {}, holder);
  };
  function build(shape: Shape, holder: Mutable): SourceShape {
    const type = shape.type ?? (shape.members === undefined ? 'string' : 'structure');
    if (type === 'structure') {
      holder.type = 'structure';
      holder.members = Object.entries(shape.members ?? {}).map(([name, member]) =>
        memberOf(name, member, shape),
      );
    } else if (type === 'list') {
      const member = shape.member ?? {};
      Object.assign(holder, { type, element: member.locationName ?? 'member' });
      holder.isFlat = shape.flattened === true || protocol === 'ec2';
      holder.of = read(member);
    } else if (type === 'map') {
      holder.type = 'map';
      holder.of = read(shape.value ?? {});
    } else holder.type = type === 'blob' ? 'blob' : 'scalar';
    return holder as SourceShape;
  }
  function memberOf(name: string, member: Shape, parent: Shape): SourceMember {
    const wire = member.locationName ?? name;
    const place = placeOf(name, member, parent);
    const shape = read(member);
    return {
      name,
      place: place === 'query' && shape.type === 'map' ? 'query-map' : place,
      wire,
      form: member.queryName ?? (protocol === 'ec2' ? capitalised(wire) : wire),
      isRequired: parent.required?.includes(name) === true,
      shape,
    };
  }
  return read;
}

interface Mutable {
  type?: string;
  members?: readonly SourceMember[];
  of?: SourceShape;
  isFlat?: boolean;
}

function placeOf(name: string, { location }: Shape, parent: Shape): SourceMember['place'] {
  if (location === 'uri') return 'label';
  if (location === 'querystring') return 'query';
  if (location === 'header') return 'header';
  if (location === 'headers') return 'header-map';
  return parent.payload === name ? 'payload' : 'body';
}

function capitalised(name: string): string {
  return name.slice(0, 1).toUpperCase() + name.slice(1);
}
