import { PaiError, printable } from '@pai/core';
import { exceptions } from './exceptions.ts';
import { spellNamespace, spellType } from './spelling.ts';
import { type ArmPath, isCollection } from './structure.ts';

/** What a method on a path of Resource Manager does, by its structure. */
export interface ArmOperation {
  /** As in Azure RBAC: `Microsoft.Storage/storageAccounts/listKeys/action`. */
  readonly name: string;
  /** The id that it is done to. */
  readonly resource: string;
  /** It lists what stands below the resource, or reads that a scope is there. */
  readonly reads?: 'children' | 'scope';
  /** It can reach what the request does not name. */
  readonly isReaching: boolean;
}

/** Names an operation. Throws `malformed_request` for a method or a path without a name. */
export function operationOf(method: string, path: ArmPath): ArmOperation {
  const verb = verbs.get(method);
  if (verb === undefined) {
    throw new PaiError('malformed_request', `${printable(method)} is no method of Resource Manager`);
  }
  const named = path.namespace === undefined ? ownOperation(verb, path) : providerOperation(verb, path);
  const reads = verb === 'read' ? readsOf(path) : undefined;
  return {
    ...named,
    ...(reads !== undefined && { reads }),
    isReaching: exceptions.reaching.has(named.name.toLowerCase()),
  };
}

type Verb = 'read' | 'write' | 'delete' | 'action';

type Named = Pick<ArmOperation, 'name' | 'resource'>;

const verbs: ReadonlyMap<string, Verb> = new Map([
  ['GET', 'read'],
  ['HEAD', 'read'],
  ['PUT', 'write'],
  ['PATCH', 'write'],
  ['DELETE', 'delete'],
  ['POST', 'action'],
]);

function readsOf(path: ArmPath): ArmOperation['reads'] {
  if (isCollection(path)) return 'children';
  return path.namespace === undefined ? 'scope' : undefined;
}

function providerOperation(verb: Verb, { id, namespace = '', types, names }: ArmPath): Named {
  const spelled = [spellNamespace(namespace), ...types.map(spellType)];
  const key = spelled.join('/').toLowerCase();
  const name = exceptions.renamed.get(key) ?? spelled.join('/');
  // `GET /providers/Microsoft.Storage` asks about the provider itself
  if (types.length === 0) return { name: `${aboutProviders(id)}/${verb}`, resource: id };
  if (verb !== 'action') return { name: `${name}/${verb}`, resource: id };
  const isLone = types.length > names.length;
  const last = names.at(-1) ?? '';
  if ((isLone ? exceptions.creates : exceptions.writes).has(key))
    return { name: `${name}/write`, resource: id };
  if (exceptions.reads.has(key)) return { name: `${name}/read`, resource: id };
  if (!isLone && exceptions.verbs.has(`${key}/${last.toLowerCase()}`)) {
    return { name: `${name}/${spellType(last)}/action`, resource: parentOf(id) };
  }
  // the one action that deletes (Azure RBAC, "Microsoft.SecurityInsights")
  if (key === 'microsoft.securityinsights/sourcecontrols/delete') {
    return { name: 'Microsoft.SecurityInsights/SourceControls/delete', resource: parentOf(id) };
  }
  return { name: `${name}/action`, resource: isLone && names.length > 0 ? parentOf(id) : id };
}

function aboutProviders(id: string): string {
  return /^\/subscriptions\//i.test(id)
    ? 'Microsoft.Resources/subscriptions/providers'
    : 'Microsoft.Resources/providers';
}

/** Scopes, and what Resource Manager itself has at them. */
function ownOperation(verb: Verb, { id, head }: ArmPath): Named {
  const types = head.filter((_, i) => i % 2 === 0).map(spellType);
  const key = types.join('/').toLowerCase();
  const own = ownPaths.get(key);
  if (own?.verbs.includes(verb) !== true) {
    throw new PaiError('malformed_request', `${printable(id)} is no path of Resource Manager that is known`);
  }
  const isAction = verb === 'action';
  return { name: `${own.name}/${verb}`, resource: isAction ? parentOf(id) : id };
}

function parentOf(id: string): string {
  return id.slice(0, id.lastIndexOf('/'));
}

/** By types: what stands in the name, and the verbs there are. Source: REST reference, "Resource Management". */
const ownPaths: ReadonlyMap<string, { readonly name: string; readonly verbs: readonly Verb[] }> = new Map(
  `
  providers                                          Microsoft.Resources/providers read
  tenants                                            Microsoft.Resources/tenants read
  subscriptions                                      Microsoft.Resources/subscriptions read
  subscriptions/locations                            Microsoft.Resources/subscriptions/locations read
  subscriptions/operationresults                     Microsoft.Resources/subscriptions/operationresults read
  subscriptions/providers                            Microsoft.Resources/subscriptions/providers read
  subscriptions/resources                            Microsoft.Resources/subscriptions/resources read
  subscriptions/tagNames                             Microsoft.Resources/subscriptions/tagNames read write delete
  subscriptions/tagNames/tagValues                   Microsoft.Resources/subscriptions/tagNames/tagValues read write delete
  subscriptions/resourceGroups                       Microsoft.Resources/subscriptions/resourceGroups read write delete
  subscriptions/resourceGroups/resources             Microsoft.Resources/subscriptions/resourceGroups/resources read
  subscriptions/resourceGroups/moveResources         Microsoft.Resources/subscriptions/resourceGroups/moveResources action
  subscriptions/resourceGroups/validateMoveResources Microsoft.Resources/subscriptions/resourceGroups/validateMoveResources action
  subscriptions/resourceGroups/exportTemplate        Microsoft.Resources/subscriptions/resourceGroups/exportTemplate action
  subscriptions/resourceGroups/deployments           Microsoft.Resources/deployments read write delete
  subscriptions/resourceGroups/deployments/operations Microsoft.Resources/deployments/operations read
  subscriptions/resourceGroups/deployments/cancel    Microsoft.Resources/deployments/cancel action
  subscriptions/resourceGroups/deployments/validate  Microsoft.Resources/deployments/validate action
  subscriptions/resourceGroups/deployments/exportTemplate Microsoft.Resources/deployments/exportTemplate action
`
    .trim()
    .split('\n')
    .map((line) => {
      const [types = '', name = '', ...its] = line.trim().split(/\s+/);
      return [types.toLowerCase(), { name, verbs: its as Verb[] }] as const;
    }),
);
