import { type AgentRequest, findMethodOverride, getHeaders, printable, readMediaType } from '@pai/core';
import type { GcpEndpoint } from '../endpoint.ts';
import { type HostModel, loadHost, type RpcModel } from './catalogue.ts';
import { mixins } from './mixins.ts';

/** A gRPC call to a service that is known. */
export interface Call {
  readonly host: HostModel;
  readonly endpoint: GcpEndpoint;
  /** `google.pubsub.v1.Publisher/Publish`. */
  readonly path: string;
  /** What it is called where nothing better is known: `pubsub.Publisher.Publish`. */
  readonly own: string;
  /** Undefined for a method that the service is not known to have. */
  readonly rpc: RpcModel | undefined;
}

/** The call that a request is, or why it is none that is known. Throws `malformed_request` for a bad content type. */
export async function findCall(
  request: AgentRequest,
  endpoint: GcpEndpoint,
): Promise<Call | { readonly unresolved: string }> {
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
  const own = `${host.prefix}.${serviceName.slice(serviceName.lastIndexOf('.') + 1)}.${method}`;
  return { host, endpoint, path: `${serviceName}/${method}`, own, rpc: service.rpc(method) };
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
