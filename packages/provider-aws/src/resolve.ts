import {
  type Action,
  type ActionResolver,
  type AgentRequest,
  printable,
  type Resolution,
  readPath,
} from '@pai/core';
import { type Need, needsOf } from './actions.ts';
import type { Endpoint } from './endpoint.ts';
import type { OperationModel, ServiceModel } from './model.ts';
import { readOperation } from './operation.ts';
import { ownApiAction } from './own-apis.ts';
import type { Input, Reading } from './reading.ts';
import { isS3 } from './s3/locate.ts';

/** What a resolver is made of. */
export interface ResolverOptions {
  /** `config.accountId`, for ARNs whose account the request does not say. */
  readonly accountId?: string;
  /** Throws, saying why, for the hosts of a region that the configuration leaves out. */
  readonly readEndpoint: (host: string) => Endpoint | undefined;
  readonly loadModel: (id: string) => Promise<ServiceModel>;
  readonly resolveS3: (request: AgentRequest, endpoint: Endpoint) => Resolution | Promise<Resolution>;
  /** The ARNs that an operation's input names; `any` when it can reach others, or none can be told; `none` when it is on nothing. */
  readonly resourcesOf: (
    operation: OperationModel,
    input: Input,
    endpoint: Endpoint,
  ) => Promise<readonly string[] | 'any' | 'none'>;
}

/** Names the actions of a request to any host of AWS, with the ARNs of what they are on. */
export function createResolver(options: ResolverOptions): ActionResolver {
  return async (request) => {
    const endpoint = options.readEndpoint(request.host);
    if (endpoint === undefined) {
      return { unresolved: `${printable(request.host)} is no endpoint of an AWS service that is known` };
    }
    const account = endpoint.accountId ?? options.accountId ?? '';
    const own = ownApiAction(request, endpoint, account);
    if (own !== undefined) return { actions: [own] };
    if (isS3(endpoint) || endpoint.models.length === 0) return options.resolveS3(request, endpoint);
    const models = await Promise.all(endpoint.models.map(options.loadModel));
    const reading = await readOperation(request, models);
    return actionsOf(reading, request, endpoint, options);
  };
}

async function actionsOf(
  reading: Reading,
  request: AgentRequest,
  endpoint: Endpoint,
  { resourcesOf }: ResolverOptions,
): Promise<Resolution> {
  const actions = new Map<string, Action>();
  for (const need of await needsOf(reading)) {
    const arns =
      verbArn(need, request, endpoint) ?? (await resourcesOf(need.operation, need.input, endpoint));
    for (const name of need.names) {
      for (const action of actionsOn(name, arns)) {
        actions.set(`${name} ${action.reach ?? ''} ${action.resource ?? ''}`, action);
      }
    }
  }
  const [first, ...others] = actions.values();
  if (first === undefined) return { unresolved: `${reading.operation.name} needs no action that is known` };
  return { actions: [first, ...others] };
}

function actionsOn(name: string, arns: readonly string[] | 'any' | 'none'): readonly Action[] {
  if (arns === 'none') return [{ name }];
  if (arns === 'any' || arns.length === 0) return [{ name, reach: 'any' }];
  return arns.map((resource) => ({ name, resource }));
}

/** Of actions that are verbs the path is the resource (API Gateway Developer Guide, "Resource format of permissions"). */
function verbArn(
  { names }: Need,
  { path }: AgentRequest,
  { partition, region }: Endpoint,
): readonly string[] | undefined {
  if (!names.every((name) => /^apigateway:(?:DELETE|GET|PATCH|POST|PUT)$/.test(name))) return undefined;
  const { text } = readPath(path);
  return [`arn:${partition}:apigateway:${region}::${text.replace(/^\/v2(?=\/)/, '')}`];
}
