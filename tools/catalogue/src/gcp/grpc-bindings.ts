import type protobuf from 'protobufjs';

/** A `google.api.http` binding (google/api/http.proto). */
export interface Binding {
  readonly httpMethod: string;
  /** As it stands in the proto: `/v1/{parent=projects/*}/topics`. */
  readonly path: string;
  /** Without the version: `{parent}/topics`. */
  readonly template: string;
  /** What stands after the colon; empty when nothing does. */
  readonly verb: string;
  readonly body?: string;
}

/** All bindings of an rpc, the first first. */
export function bindingsOf(method: protobuf.Method): readonly Binding[] {
  const options = (method.parsedOptions ?? []) as readonly Readonly<Record<string, HttpRule>>[];
  const rules = options.map((option) => option['(google.api.http)']).filter((rule) => rule !== undefined);
  return rules.flatMap((rule) => [rule, ...listOf(rule.additional_bindings)]).flatMap(readRule);
}

interface HttpRule {
  readonly [kind: string]: unknown;
  readonly body?: string;
  readonly additional_bindings?: HttpRule | readonly HttpRule[];
}

function listOf(rules: HttpRule['additional_bindings']): readonly HttpRule[] {
  if (rules === undefined) return [];
  return Array.isArray(rules) ? (rules as readonly HttpRule[]) : [rules as HttpRule];
}

function readRule(rule: HttpRule): readonly Binding[] {
  return ['get', 'put', 'post', 'delete', 'patch'].flatMap((kind) => {
    const path = rule[kind];
    if (typeof path !== 'string') return [];
    const [, whole = '', verb = ''] = /^\/(.*?)(?::([A-Za-z]+))?$/.exec(path) ?? [];
    const template = whole.replace(/^(?:v\d\w*|storage\/v1)(?:\/|$)/, '');
    return [
      {
        httpMethod: kind.toUpperCase(),
        path,
        template,
        verb,
        ...(rule.body !== undefined && { body: rule.body }),
      },
    ];
  });
}

/** The names of collections on the way to what a binding is on, as the chain of a discovery document has them. */
export function chainOf(binding: Binding, rpc: string): readonly string[] {
  const chain = segmentsOf(binding).filter((segment) => /^[a-zA-Z]\w*$/.test(segment));
  const last = singletonOf(binding, rpc) ?? verbSegmentOf(binding, rpc);
  return last === undefined ? chain : chain.slice(0, -1);
}

/** The name that a discovery document gives the method of a binding. */
export function methodNameOf(binding: Binding, rpc: string): string {
  const { httpMethod, verb } = binding;
  if (verb !== '') return verb;
  const singleton = singletonOf(binding, rpc);
  if (singleton !== undefined) {
    return `${httpMethod === 'GET' ? 'get' : 'update'}${singleton.slice(0, 1).toUpperCase()}${singleton.slice(1)}`;
  }
  const segment = verbSegmentOf(binding, rpc);
  if (segment !== undefined) return segment;
  const own = `${rpc.slice(0, 1).toLowerCase()}${rpc.slice(1)}`;
  if (!/^(?:get|list|create|insert|update|patch|delete)/.test(own)) return own;
  const isCollection = /^[a-zA-Z]\w*$/.test(segmentsOf(binding).at(-1) ?? '');
  if (httpMethod === 'GET') return isCollection ? 'list' : 'get';
  if (httpMethod === 'DELETE') return 'delete';
  if (httpMethod === 'POST') return isCollection ? 'create' : own;
  return own.startsWith('create') ? 'create' : 'patch';
}

/** The last word of a path that is what the rpc does: `cancel` of CancelJob. */
function verbSegmentOf(binding: Binding, rpc: string): string | undefined {
  const last = segmentsOf(binding).at(-1) ?? '';
  const isVerb = binding.verb === '' && /^[a-z]\w*$/.test(last) && segmentsOf(binding).length > 2;
  return isVerb && rpc.toLowerCase().startsWith(last.toLowerCase()) ? last : undefined;
}

function segmentsOf({ template }: Binding): readonly string[] {
  const plain = template.replace(/\{[^=}]*=([^}]*)\}/g, '$1').replace(/\{[^}]*\}/g, '*');
  return plain.split('/');
}

/** The last word of a path whose thing is the only one of its kind: `settings`. */
function singletonOf(binding: Binding, rpc: string): string | undefined {
  const last = segmentsOf(binding).at(-1) ?? '';
  const isSingle =
    binding.verb === '' && /^(?:Get|Update)/.test(rpc) && /^(?:GET|PATCH|PUT)$/.test(binding.httpMethod);
  return isSingle && /^[a-z]\w*$/.test(last) && segmentsOf(binding).length > 1 ? last : undefined;
}
