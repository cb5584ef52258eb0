import {
  type Action,
  type AgentRequest,
  findMethodOverride,
  getHeaders,
  printable,
  type Resolution,
  readMediaType,
} from '@pai/core';
import type { GcpEndpoint } from '../endpoint.ts';
import { longestSearched, nameOf } from '../mentions.ts';
import { type HostModel, loadHost, type RpcModel, type RpcNeed } from './catalogue.ts';
import { readFirstMessage } from './framing.ts';
import { mixins } from './mixins.ts';
import { readers } from './readers.ts';
import { allAt, readTemplates } from './template.ts';

/**
 * Names the permissions of a gRPC call, with the full names of the resources that its message names; headers of the
 * agent's (`x-goog-request-params`) are not believed. What a stream's later messages may name has `reach: 'any'`. Throws
 * `malformed_request` for a message that can be read in two ways.
 */
export async function resolveGrpc(request: AgentRequest, endpoint: GcpEndpoint): Promise<Resolution> {
  const wrong = whyNoCall(request);
  if (wrong !== undefined) return { unresolved: wrong };
  const [, serviceName = '', method = ''] = /^\/([A-Za-z_][\w.]*)\/([A-Za-z]\w*)$/.exec(request.path) ?? [];
  const host = await loadHost(endpoint.service);
  const service = host?.service(serviceName) ?? (host && mixins.get(serviceName));
  if (host === undefined || service === undefined) {
    return {
      unresolved: `${printable(request.path)} is no gRPC method of ${endpoint.service} that is known`,
    };
  }
  const rpc = service.rpc(method);
  const own = `${host.prefix}.${serviceName.slice(serviceName.lastIndexOf('.') + 1)}.${method}`;
  if (rpc === undefined) return { actions: [{ name: own, reach: 'any' }] };
  const actions = await actionsOf(request, rpc, { host, endpoint, path: `${serviceName}/${method}` });
  const [first, ...others] = new Map(actions.map((one) => [keyOf(one), one])).values();
  return { actions: first === undefined ? [{ name: own, reach: 'any' }] : [first, ...others] };
}

/** Every gRPC call is a POST over HTTP/2 with a plain path (gRPC over HTTP/2, "Requests"). */
function whyNoCall(request: AgentRequest): string | undefined {
  const { method, protocol, query, headers } = request;
  if (protocol !== 'h2' || method !== 'POST') return 'a gRPC call is a POST over HTTP/2, which this is not';
  if (query !== '' || request.target.includes('?')) return 'a gRPC call has no query; leave it out';
  const override = findMethodOverride(request);
  if (override !== undefined) return `a gRPC call has no ${printable(override)}; leave it out`;
  if (getHeaders(headers, 'content-encoding').length > 0)
    return 'a gRPC call has no content-encoding; use grpc-encoding';
  const types = getHeaders(headers, 'content-type');
  if (types.length === 1 && types[0] === 'application/grpc') return undefined;
  const { type } = readMediaType(request);
  if (type === 'application/grpc' || type === 'application/grpc+proto') return undefined;
  return `messages of the type ${printable(type)} cannot be judged; send application/grpc`;
}

interface Call {
  readonly host: HostModel;
  readonly endpoint: GcpEndpoint;
  /** `google.pubsub.v1.Publisher/Publish`. */
  readonly path: string;
}

async function actionsOf(request: AgentRequest, rpc: RpcModel, call: Call): Promise<readonly Action[]> {
  const names = rpc.needs.flatMap(({ permissions }) => permissions.map((name) => named(name, '', call)));
  const unknown = names.map((name): Action => ({ name, reach: 'any' }));
  if (rpc.messages === 'any') return unknown;
  const message = await readFirstMessage(request, rpc.messages === 'first');
  const read = rpc.isRead ? readers.get(call.path) : undefined;
  if (message === 'too long') return read?.worst.map((name): Action => ({ name, reach: 'any' })) ?? unknown;
  const byTable = rpc.needs.flatMap((need) => actionsOfNeed(need, message, call));
  const own = read === undefined ? orUnknown(byTable, unknown) : read.read(message, byTable);
  const isUnsearched = rpc.mentions.length > 0 && message.length > longestSearched;
  if (rpc.isOpen || isUnsearched) return own.map((action) => ({ ...action, reach: 'any' }));
  return [...own, ...mentioned(rpc, message, call)];
}

/** What the message names beside what the call is on needs the same permissions, as over REST. */
function mentioned({ mentions, needs: [need] }: RpcModel, message: Buffer, call: Call): readonly Action[] {
  const resources = mentions.flatMap(({ path, kind, service = call.endpoint.service }) =>
    allAt(message, path).flatMap((text) => nameOf(text, kind, service, undefined) ?? []),
  );
  const permissions = need?.permissions ?? [];
  return resources.flatMap((resource) =>
    permissions.map((name) => ({ name: named(name, resource, call), resource })),
  );
}

function orUnknown(actions: readonly Action[], unknown: readonly Action[]): readonly Action[] {
  return actions.length > 0 ? actions : unknown;
}

function actionsOfNeed(need: RpcNeed, message: Buffer, call: Call): readonly Action[] {
  const reading = readTemplates(need.templates, message);
  if (need.isOptional && reading.isUnset) return [];
  const isUnknown = reading.isUnclear || reading.names.length === 0;
  return need.permissions.flatMap((permission): readonly Action[] => [
    ...(isUnknown ? [{ name: named(permission, '', call), reach: 'any' as const }] : []),
    ...reading.names.map(({ name, part }) => ({
      name: named(permission, name, call),
      resource: name.startsWith('//') ? name : `//${call.endpoint.service}/${name}`,
      ...(part !== undefined && { part }),
    })),
  ]);
}

function named(permission: string, resource: string, { host }: Call): string {
  return permission.replace('%', host.prefix).replace('$', collectionOf(resource));
}

/** The collection of `projects/p/topics/t` is `topics`; names in buckets may have slashes of their own. */
function collectionOf(resource: string): string {
  const [, inBucket] = /^projects\/_\/buckets\/[^/]+\/([A-Za-z]+)\//.exec(resource) ?? [];
  const collection = inBucket ?? resource.split('/').at(-2) ?? '';
  return /^[A-Za-z]\w*$/.test(collection) ? collection : 'resources';
}

function keyOf({ name, resource, reach, part }: Action): string {
  return `${name} ${reach ?? ''} ${part ?? '-'} ${resource ?? ''}`;
}
