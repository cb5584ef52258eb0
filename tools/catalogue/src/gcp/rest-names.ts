import { createApiModel } from '../../../../packages/provider-gcp/src/rest/model.ts';
import type { SourceApi } from './discovery.ts';
import { encodeApi } from './encode.ts';
import type { Binding } from './grpc-bindings.ts';

/** The permissions that the REST catalogue has for the path of a binding; undefined for none, or more than one answer. */
export type RestNames = (host: string, binding: Binding) => readonly string[] | undefined;

/** Names an rpc as REST does, so that one operation has one name by every door. The APIs are by the first label of their host. */
export function createRestNames(apis: ReadonlyMap<string, readonly SourceApi[]>): RestNames {
  const models = new Map<string, ReturnType<typeof createApiModel>>();
  const modelOf = (key: string) => {
    const versions = apis.get(key);
    const model = models.get(key) ?? (versions && createApiModel(encodeApi(versions)));
    if (model !== undefined) models.set(key, model);
    return model;
  };
  return (host, binding) => {
    const model = modelOf(host.split('.')[0] ?? '');
    const path = model?.split(samplePath(binding));
    if (model === undefined || path === undefined) return undefined;
    const verb = binding.verb === '' ? undefined : binding.verb;
    const found = model.find(path, binding.httpMethod, verb).map(({ permissions }) => permissions.join(' '));
    const [only, ...others] = new Set(found);
    return only === undefined || others.length > 0 ? undefined : only.split(' ');
  };
}

/** A path that a binding takes, without its verb: every `*` and `**` is one segment, `x`. */
export function samplePath({ path, verb }: Binding): string {
  const plain = path.replace(/\{[^=}]*=([^}]*)\}/g, '$1').replace(/\{[^}]*\}/g, 'x');
  return plain.slice(0, verb === '' ? undefined : -verb.length - 1).replace(/\*+/g, 'x');
}
