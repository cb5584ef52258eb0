import {
  type Action,
  type AgentRequest,
  fieldKey,
  findMethodOverride,
  PaiError,
  printable,
  readPath,
} from '@pai/core';
import type { Endpoint } from './endpoint.ts';

/**
 * The action of a request to a host behind which a customer's own API, function, search domain or workspace answers: the
 * host, the method and the path are all that AWS itself goes by. Undefined for other hosts. Throws `malformed_request`
 * for a path or a method with no one reading.
 */
export function ownApiAction(request: Asked, endpoint: Endpoint, account: string): Action | undefined {
  const name = Object.hasOwn(kinds, endpoint.service) ? kinds[endpoint.service] : undefined;
  if (name === undefined) return undefined;
  const override = findMethodOverride(request);
  if (override !== undefined) {
    throw new PaiError('malformed_request', `${override} asks for another method; send that method`);
  }
  if (!/^(?:DELETE|GET|HEAD|OPTIONS|PATCH|POST|PUT)$/.test(request.method)) {
    throw new PaiError('malformed_request', `${printable(request.method)} is no method that is judged here`);
  }
  return name(request, endpoint, account);
}

/** Whether a customer's own code answers there, so that no response says anything about the credential or the time at AWS. */
export function isOwnApi({ service }: Pick<Endpoint, 'service'>): boolean {
  return Object.hasOwn(kinds, service);
}

type Kind = (request: Asked, endpoint: Endpoint, account: string) => Action;

/** By the family of the host. Where the host has an id of its own, what is behind it cannot be told from it. */
const kinds: Readonly<Record<string, Kind>> = {
  'execute-api': invocation,
  'es-domain': searchOn,
  'aoss-collection': (request, endpoint, account) =>
    onLabel('aoss:APIAccessAll', 'aoss', 'collection', request, endpoint, account),
  'gateway.bedrock-agentcore': (request, endpoint, account) =>
    onLabel('bedrock-agentcore:InvokeGateway', 'bedrock-agentcore', 'gateway', request, endpoint, account),
  'appsync-api': graphOrEvent,
  'lambda-url': functionUrl,
  'osis-pipeline': (request) => onUnknown('osis:Ingest', request),
  'vpc-lattice-svcs': (request) => onUnknown('vpc-lattice-svcs:Invoke', request),
  'aps-workspaces': workspaceAction,
};

type Asked = Pick<AgentRequest, 'method' | 'path' | 'query' | 'headers'>;

function onUnknown(name: string, { path }: Asked): Action {
  readPath(path);
  return { name, reach: 'any' };
}

function functionUrl(request: Asked): Action {
  // Its owner sees a signature for `lambda`, and could show it to Lambda's own API, whose paths all begin with a version.
  if (/^\d{4}-\d\d-\d\d$/.test(readPath(request.path).segments[0] ?? '')) {
    throw new PaiError(
      'malformed_request',
      `${printable(request.path)} is a path of Lambda's own API, which no function URL is signed for; use lambda.REGION.amazonaws.com, or another path`,
    );
  }
  return onUnknown('lambda:InvokeFunctionUrl', request);
}

function onLabel(
  name: string,
  service: string,
  kind: string,
  { path }: Asked,
  endpoint: Endpoint,
  account: string,
): Action {
  readPath(path);
  return on(name, endpoint, `${service}:${endpoint.region}:${account}:${kind}/${endpoint.labels[0] ?? ''}`);
}

/** `API/STAGE/METHOD/PATH` (API Gateway Developer Guide, "Control access for invoking an API"). */
function invocation({ method, path, headers }: Asked, endpoint: Endpoint, account: string): Action {
  // interface endpoints go by it (API Gateway Developer Guide, "Invoke a private API")
  if (headers.some((name, i) => i % 2 === 0 && fieldKey(name) === 'x-apigw-api-id')) {
    throw new PaiError(
      'malformed_request',
      'x-apigw-api-id names an API beside the one of the host; leave it out, and use the host of the API',
    );
  }
  const [stage = '', ...rest] = readPath(path).segments;
  const isConnection = rest[0] === '@connections' && rest.length === 2;
  const name = isConnection ? 'execute-api:ManageConnections' : 'execute-api:Invoke';
  const api = endpoint.labels.at(-1)?.replace(/-vpce-[0-9a-f]+$/, '') ?? '';
  const resource = [api, stage, method, ...rest].join('/');
  return on(name, endpoint, `execute-api:${endpoint.region}:${account}:${resource}`);
}

/** `search-NAME-ID` or `vpc-NAME-ID`, where the id is 26 characters (OpenSearch Service Developer Guide, "Domain endpoints"). */
function searchOn({ method, path }: Asked, endpoint: Endpoint, account: string): Action {
  const verb = method.charAt(0) + method.slice(1).toLowerCase();
  const name = `es:ESHttp${verb}`;
  const domain = /^(?:search|vpc)-([a-z][a-z0-9-]*)-[a-z0-9]{26}$/.exec(endpoint.labels[0] ?? '')?.[1];
  const { segments } = readPath(path);
  if (method === 'OPTIONS') throw new PaiError('malformed_request', 'OPTIONS is no verb of the es actions');
  if (domain === undefined) return { name, reach: 'any' };
  return on(name, endpoint, `es:${endpoint.region}:${account}:${['domain', domain, ...segments].join('/')}`);
}

/** The paths of GraphQL and of events (AppSync Developer Guide). */
function graphOrEvent(request: Asked): Action {
  if (request.path === '/graphql') return onUnknown('appsync:GraphQL', request);
  if (request.path === '/event') return onUnknown('appsync:EventPublish', request);
  throw new PaiError('malformed_request', `${printable(request.path)} is neither /graphql nor /event`);
}

/** Prometheus's own paths below a workspace (Amazon Managed Service for Prometheus User Guide, "Prometheus-compatible APIs"). */
function workspaceAction({ method, path }: Asked, endpoint: Endpoint, account: string): Action {
  const [first, workspace = '', ...rest] = readPath(path).segments;
  const asked = `${method} ${rest.join('/')}`;
  const [, name] = workspaceActions.find(([pattern]) => pattern.test(asked)) ?? [];
  if (first !== 'workspaces' || name === undefined) {
    throw new PaiError(
      'malformed_request',
      `${printable(`${method} ${path}`)} is no operation of a workspace`,
    );
  }
  return on(`aps:${name}`, endpoint, `aps:${endpoint.region}:${account}:workspace/${workspace}`);
}

const workspaceActions: readonly (readonly [asked: RegExp, name: string])[] = [
  [/^POST api\/v1\/remote_write$/, 'RemoteWrite'],
  [/^(?:GET|POST) api\/v1\/query(?:_range)?$/, 'QueryMetrics'],
  [/^(?:GET|POST) api\/v1\/labels$/, 'GetLabels'],
  [/^GET api\/v1\/label\/[^/]+\/values$/, 'GetLabels'],
  [/^(?:GET|POST) api\/v1\/series$/, 'GetSeries'],
  [/^GET api\/v1\/metadata$/, 'GetMetricMetadata'],
  [/^GET api\/v1\/rules$/, 'ListRules'],
  [/^GET api\/v1\/alerts$/, 'ListAlerts'],
];

function on(name: string, { partition }: Endpoint, rest: string): Action {
  return { name, resource: `arn:${partition}:${rest}` };
}
