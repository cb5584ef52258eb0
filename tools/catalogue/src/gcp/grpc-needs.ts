import type protobuf from 'protobufjs';
import { type Binding, bindingsOf, chainOf, methodNameOf } from './grpc-bindings.ts';
import { isOutput, mentionsOf, referenceOf } from './grpc-mentions.ts';
import { type NeedRule, overrides } from './grpc-overrides.ts';
import { fieldPath } from './grpc-protos.ts';
import { type MethodName, permissionsOf } from './permissions.ts';
import { hasOpenReach } from './reach.ts';
import type { RestNames } from './rest-names.ts';

/** What one rpc needs, as its line in the table says. */
export interface RpcRule {
  /** `s`: the messages are a stream; `r`: a reader of the provider knows more; `!`: it can reach what it does not name. */
  readonly flags: string;
  readonly needs: readonly NeedRule[];
  /** What else of its message may name something. */
  readonly mentions: readonly string[];
}

/** What an rpc of a host needs: by the table of overrides, else by its annotations. */
export function ruleOf(method: protobuf.Method, host: string, restNames: RestNames): RpcRule {
  const service = method.parent?.fullName.slice(1) ?? '';
  const override = overrides[`${service}/${method.name}`];
  const isRead = override?.isRead === true;
  const isOpen = override === undefined && hasOpenReach(nameOf(method, host.split('.')[0] ?? ''));
  const hasMentions = override === undefined ? !isOpen : override.hasMentions === true;
  return {
    flags: `${method.requestStream === true ? 's' : ''}${isRead ? 'r' : ''}${isOpen ? '!' : ''}`,
    needs: override?.needs ?? annotatedNeeds(method, host, restNames),
    mentions: hasMentions ? mentionsOf(requestOf(method)) : [],
  };
}

/** The method that a discovery document has in place of an rpc, or would have. */
function nameOf(method: protobuf.Method, api: string): MethodName {
  const bindings = bindingsOf(method);
  const naming = bindings.find(({ template }) => template.includes('=')) ?? bindings[0];
  if (naming === undefined) {
    const own = `${method.name.slice(0, 1).toLowerCase()}${method.name.slice(1)}`;
    return { service: api, chain: [], method: own, httpMethod: 'POST' };
  }
  const { httpMethod } = naming;
  return {
    service: api,
    chain: chainOf(naming, method.name),
    method: methodNameOf(naming, method.name),
    httpMethod,
  };
}

function ownName(method: protobuf.Method, prefix: string): string {
  return `${prefix}.${method.parent?.name ?? ''}.${method.name}`;
}

function annotatedNeeds(method: protobuf.Method, host: string, restNames: RestNames): readonly NeedRule[] {
  const api = host.split('.')[0] ?? '';
  const request = requestOf(method);
  const bindings = bindingsOf(method);
  const naming = bindings.find(({ template }) => template.includes('=')) ?? bindings[0];
  const prefix = prefixOf(api);
  if (naming === undefined) {
    const templates = referencesOf(request).map(({ name }) => `{${name}=**}`);
    return [{ permissions: ownName(method, prefix), templates }];
  }
  const name = methodNameOf(naming, method.name);
  const own = permissionsOf(nameOf(method, api));
  const known = bindings.filter((binding) => restNames(host, binding) !== undefined);
  const namesOf = (binding: Binding) => (restNames(host, binding) ?? own).join(' ');
  const permissions =
    commonName(known, namesOf) ?? everyName((known.length > 0 ? known : [naming]).map(namesOf));
  const templates = [...new Set(bindings.flatMap((binding) => templateOf(binding, name, request)))];
  const read = new Set(
    templates.flatMap((template) => [...template.matchAll(/\{(\w+)/g)].map(([, field]) => field)),
  );
  const others = referencesOf(request).filter((field) => !read.has(field.name));
  return [
    { permissions, templates },
    ...others.map((field) => ({
      permissions: permissions.includes('$') ? namesOf(naming) : permissions,
      templates: [`//${field.service}/{${field.name}=**}`],
      isOptional: true,
    })),
  ];
}

/** `bigtable.$.getIamPolicy`: the bindings are on several kinds of things, and named alike for each. */
function commonName(bindings: readonly Binding[], namesOf: (binding: Binding) => string): string | undefined {
  const names = bindings.map(namesOf);
  if (new Set(names).size === 1) return undefined;
  const alike = new Set(bindings.map((binding, i) => names[i]?.replace(`.${collectionOf(binding)}.`, '.$.')));
  const [only, ...others] = alike;
  return others.length === 0 && only?.includes('$') === true ? only : undefined;
}

/** What the bindings are called cannot be told from the message alone: all of it. */
function everyName(names: readonly string[]): string {
  return [...new Set(names.flatMap((name) => name.split(' ')))].join(' ');
}

/** `topics` of `{topic=projects/*\/topics/*}`. */
function collectionOf({ template }: Binding): string {
  const plain = template.replace(/\{[^=}]*=([^}]*)\}/g, '$1');
  return plain.split('/').at(-2) ?? '';
}

/** What the permissions of an API begin with: `datastore` of Firestore. */
export function prefixOf(api: string): string {
  const [permission = ''] = permissionsOf({ service: api, chain: ['x'], method: 'get', httpMethod: 'GET' });
  return permission.split('.')[0] ?? api;
}

/** The type of the messages that an rpc takes. */
export function requestOf(method: protobuf.Method): protobuf.Type {
  method.resolve();
  const type = method.resolvedRequestType;
  if (type === null) throw new Error(`${method.fullName} takes nothing`);
  return type;
}

/** The fields of a message that name a resource, with the service of its type (google/api/resource.proto). */
function referencesOf(type: protobuf.Type): readonly { name: string; service: string }[] {
  return type.fieldsArray.flatMap((field) => {
    const service = field.type === 'string' && !isOutput(field) ? referenceOf(field) : undefined;
    return service === undefined ? [] : [{ name: field.name, service }];
  });
}

/** A binding as a template of what it is on: for a listing and a creation what holds it, and the child if that has a name. */
function templateOf(binding: Binding, name: string, request: protobuf.Type): readonly string[] {
  const full = binding.template.replace(/\{([\w.]+)\}/g, '{$1=*}');
  const fields = [...full.matchAll(/\{([\w.]+)=/g)].map(([, path]) => path ?? '');
  if (fields.length === 0 || fields.some((path) => fieldPath(request, path) === undefined)) return [];
  const holder = full.slice(0, full.lastIndexOf('}') + 1);
  if (name === 'list') return [`${holder}#`];
  const child = `${binding.body}_id`;
  const isNamed = name === 'create' && request.fields[child]?.type === 'string' && full !== holder;
  return [isNamed ? `${full}/{${child}?}` : holder];
}
