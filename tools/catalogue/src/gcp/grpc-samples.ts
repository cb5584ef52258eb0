import type protobuf from 'protobufjs';
import { requestOf, ruleOf } from './grpc-needs.ts';
import type { RestNames } from './rest-names.ts';

/** A message that an rpc takes, and what the call is on: the tests' independent encoder is protobufjs. */
export interface SampleMessage {
  readonly host: string;
  readonly path: string;
  /** In base64. */
  readonly message: string;
  /** `permission resource`, of needs that one template says. */
  readonly actions: readonly string[];
}

/** The hosts whose rpcs have a sample each. */
const sampled = new Set(
  [
    'bigquerystorage',
    'bigtable',
    'bigtableadmin',
    'cloudkms',
    'cloudtasks',
    'firestore',
    'logging',
    'pubsub',
    'run',
  ]
    .concat(['secretmanager', 'spanner', 'storage', 'container', 'iam', 'redis'])
    .map((api) => `${api}.googleapis.com`),
);

/** A sample of every rpc of the stable services of some hosts whose first need has a template. */
export function sampleMessages(
  hosts: ReadonlyMap<string, readonly protobuf.Service[]>,
  restNames: RestNames,
): readonly SampleMessage[] {
  return [...hosts].flatMap(([host, services]) =>
    services
      .filter(({ fullName }) => sampled.has(host) && !/v\d+[a-z]\w*\.[^.]+$/.test(fullName))
      .flatMap(({ methodsArray }) => methodsArray.flatMap((method) => sampleOf(host, method, restNames))),
  );
}

function sampleOf(host: string, method: protobuf.Method, restNames: RestNames): readonly SampleMessage[] {
  const { flags, needs } = ruleOf(method, host, restNames);
  const [template] = needs[0]?.templates ?? [];
  if (template === undefined || /[r!]/.test(flags)) return [];
  const type = requestOf(method);
  const value: Record<string, unknown> = {};
  const plain = template
    .replace(/#.*$/, '')
    .replace(/\{([\w.]+)(?:=([^}]*)|\?)\}/g, (_, path: string, pattern = '*') => {
      const text = fill(pattern, path);
      set(value, type, path.split('.'), text);
      return text;
    });
  const resource = plain.startsWith('//') ? plain : `//${host}/${plain}`;
  const actions = needs
    .slice(0, 1)
    .flatMap(({ permissions }) => permissions.split(' '))
    .map((permission) => `${permission.replace('$', resource.split('/').at(-2) ?? '')} ${resource}`);
  const message = Buffer.from(type.encode(type.fromObject(value)).finish()).toString('base64');
  return [{ host, path: `/${method.parent?.fullName.slice(1) ?? ''}/${method.name}`, message, actions }];
}

function fill(pattern: string, path: string): string {
  let count = 0;
  return pattern.replace(/\*\*|\*|\+/g, (star) => {
    count += 1;
    return star === '+' ? `a/${path} é%2F` : `${path.replaceAll('.', '-')}${count}`;
  });
}

function set(
  value: Record<string, unknown>,
  type: protobuf.Type,
  path: readonly string[],
  text: string,
): void {
  const [name = '', ...rest] = path;
  const field = type.fields[name];
  if (field === undefined) throw new Error(`${type.fullName} has no field ${name}`);
  if (rest.length === 0) {
    value[name] = field.repeated ? [text] : text;
    return;
  }
  const inner = field.resolve().resolvedType as protobuf.Type;
  const known = (field.repeated ? (value[name] as unknown[] | undefined)?.[0] : value[name]) ?? {};
  set(known as Record<string, unknown>, inner, rest, text);
  value[name] = field.repeated ? [known] : known;
}
