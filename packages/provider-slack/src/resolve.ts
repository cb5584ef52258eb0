import {
  type Action,
  type ActionResolver,
  type AgentRequest,
  findMethodOverride,
  getHeader,
  type Parameter,
  printable,
  type Resolution,
  readParameters,
} from '@pai/core';
import { isOnlyInQuery, reachesElsewhere, readChannels } from './channels.ts';
import type { Directory } from './directory.ts';
import { doorOf, type Pseudo, pseudoActions } from './door.ts';
import { nearMiss, reachOf } from './methods.ts';
import type { ChannelScope } from './scope.ts';

/** Bytes of content that are read to judge a request, and to take a token out of it. */
export const longestContent: number = 4 * 1024 * 1024;

/** Names the actions of a request to any host of Slack, and the channels they are on. */
export function createResolver(
  scope: ChannelScope,
  directory: (request: AgentRequest) => Promise<Directory>,
): ActionResolver {
  return async (request) => {
    const override = findMethodOverride(request);
    if (override !== undefined)
      return { unresolved: `${override} asks for another method; send that method` };
    const door = doorOf(request.host, request.path);
    if (door.kind === 'none') return { unresolved: door.reason };
    const misuse = misuseOf(door.kind, request);
    if (misuse !== undefined) return { unresolved: misuse };
    if (door.kind !== 'method') return { actions: [pseudoAction(door.kind)] };
    const meant = nearMiss(door.method);
    if (meant !== undefined) return { unresolved: `there is no ${door.method}; did you mean ${meant}` };
    const parameters = await readParameters(request, longestContent);
    const doubt = scope.isLimited ? doubtOf(request, parameters) : undefined;
    if (doubt !== undefined) return { unresolved: doubt };
    return resolveMethod(door.method, parameters, scope, () => directory(request));
  };
}

const methodsOf: Readonly<Record<Pseudo | 'method', readonly string[]>> = {
  method: ['GET', 'POST'],
  upload: ['POST'],
  download: ['GET', 'HEAD'],
  webhook: ['POST'],
  response: ['POST'],
  trigger: ['POST'],
  socket: ['GET'],
};

function misuseOf(kind: Pseudo | 'method', { method, upgrade, query }: AgentRequest): string | undefined {
  if (!methodsOf[kind].includes(method)) return `${printable(method)} is not what Slack takes here`;
  if (kind === 'socket' && upgrade?.toLowerCase() !== 'websocket') {
    return 'only a WebSocket is read on this host';
  }
  if (kind !== 'socket' && upgrade !== undefined) return 'only Socket Mode switches protocols';
  // Downloads of exports take a token there (https://api.slack.com/docs/exports).
  const hasToken = kind === 'download' && query !== '' && new URLSearchParams(query).has('t');
  return hasToken ? 'the parameter t is a token; leave it out' : undefined;
}

/** Why Slack might not read the channel that a request names: then some methods are on all of them. */
function doubtOf(
  { method, headers, body }: AgentRequest,
  parameters: readonly Parameter[],
): string | undefined {
  if (body.length === 0) return undefined;
  if (method === 'GET') return 'a GET has content; send a POST';
  if (getHeader(headers, 'content-encoding') !== undefined) return 'the content is encoded; send it as it is';
  const isJson = /json/i.test(getHeader(headers, 'content-type') ?? '');
  return isJson && isOnlyInQuery(parameters)
    ? 'a channel is named in the query and not in the JSON; name it in the JSON'
    : undefined;
}

/** What is uploaded is in no channel until files.completeUploadExternal says so. */
function pseudoAction(kind: Pseudo): Action {
  const name = pseudoActions[kind];
  return kind === 'upload' ? { name } : { name, reach: 'any' };
}

async function resolveMethod(
  name: string,
  parameters: readonly Parameter[],
  scope: ChannelScope,
  directory: () => Promise<Directory>,
): Promise<Resolution> {
  const reading = readChannels(parameters);
  if ('unreadable' in reading && scope.isLimited) return { unresolved: reading.unreadable };
  const named = 'channels' in reading ? reading.channels : [];
  const reach = reachOf(name);
  const isNamed = reach === 'named' && named.length > 0 && !reachesElsewhere(name, parameters);
  const limit: Pick<Action, 'reach'> = isNamed || reach === 'neutral' ? {} : { reach: 'any' };
  const channels = await Promise.all(named.map((channel) => scope.spell(channel, directory)));
  const [first, ...others] = channels.map((resource): Action => ({ name, resource, ...limit }));
  return { actions: first === undefined ? [{ name, ...limit }] : [first, ...others] };
}
