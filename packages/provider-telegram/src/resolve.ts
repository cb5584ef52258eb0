import {
  type Action,
  type AgentRequest,
  findMethodOverride,
  getHeader,
  type Parameter,
  printable,
  type Resolution,
  readParameters,
  singleValue,
} from '@pai/core';
import { readBotPath } from './bot-path.ts';
import { chatOf, chatsOf, longestText, objectArgument } from './chats.ts';
import { argumentsWithChats, canonicalMethod } from './methods.ts';
import { isOnUser, isWithoutChats, waysElsewhere } from './reach.ts';
import { webhookAction } from './webhook.ts';

/** What a scope makes the resolver read. Without any the content of a request streams past it. */
export interface Reading {
  readonly hasChats: boolean;
  readonly hasWebhooks: boolean;
  /** Whether `getFile` has told the path of this file. */
  readonly isKnownFile: (path: string) => boolean;
}

/** Most bytes of multipart content that are read for the arguments of a request. */
const multipartLimit = 16 << 20;

/** Names the method of a request to the Bot API, and under a scope every chat that it names. */
export function createResolver(reading: Reading): (request: AgentRequest) => Promise<Resolution> {
  return async (request) => {
    const override = findMethodOverride(request);
    if (override !== undefined)
      return { unresolved: `${override} asks for another method; send that method` };
    if (!/^(?:GET|HEAD|POST)$/.test(request.method)) {
      return { unresolved: `${printable(request.method)} is no method of the Bot API; use GET or POST` };
    }
    const path = readBotPath(request.path);
    if (path === undefined)
      return { unresolved: 'the path is neither /bot<token>/METHOD nor /file/bot<token>/PATH' };
    if ('file' in path) return { actions: [fileAction(path.file, reading)] };
    if (request.method === 'HEAD') return { unresolved: 'HEAD is no method of the Bot API; use GET or POST' };
    return resolveMethod(request, path.method, reading);
  };
}

function fileAction(path: string, { hasChats, isKnownFile }: Reading): Action {
  const name = 'getFile';
  return !hasChats || isKnownFile(path) ? { name } : { name, reach: 'any' };
}

async function resolveMethod(request: AgentRequest, written: string, reading: Reading): Promise<Resolution> {
  const isMultipart = /^multipart\//i.test(getHeader(request.headers, 'content-type') ?? '');
  const parameters = () => readParameters(request, isMultipart ? multipartLimit : longestText);
  const named = written === '' ? singleValue(await parameters(), 'method') : written;
  if (typeof named !== 'string' || !/^[a-z]\w{0,63}$/i.test(named)) {
    return { unresolved: 'no method is named in the path; send /bot<token>/METHOD' };
  }
  const name = canonicalMethod(named);
  if (name === 'setWebhook' && reading.hasWebhooks) return { actions: [webhookAction(await parameters())] };
  if (!reading.hasChats) return { actions: [{ name }] };
  if (written === '' && name === 'getUpdates') {
    return {
      unresolved: 'getUpdates under scope.chats is read from the path alone; send /bot<token>/getUpdates',
    };
  }
  const [first, ...others] = actionsOn(name, await parameters());
  return { actions: [first, ...others] };
}

/** A chat that is named where a method does not look for one says nothing about what the method reaches. */
function actionsOn(name: string, parameters: readonly Parameter[]): [Action, ...Action[]] {
  const chats = new Set(chatsOf(parameters));
  const user = isOnUser(name) ? singleValue(parameters, 'user_id') : undefined;
  if (user !== undefined) chats.add(chatOf(user, 'user_id'));
  const [first, ...others] = [...chats].map((resource) => ({ name, resource }));
  const isElsewhere = waysElsewhere.some((way) => singleValue(parameters, way) !== undefined);
  const isHeld = user !== undefined || namesItsChat(name, parameters) || isWithoutChats(name);
  if (isElsewhere || !isHeld) return [{ name, reach: 'any' }];
  return first === undefined ? [{ name }] : [first, ...others];
}

/** Whether a method is told which chat it is about: by `chat_id`, or by a scope of commands that is of one chat. */
function namesItsChat(name: string, parameters: readonly Parameter[]): boolean {
  const naming = argumentsWithChats(name) ?? [];
  if (naming.includes('chat_id')) return singleValue(parameters, 'chat_id') !== undefined;
  if (!naming.includes('scope')) return false;
  const { type, chat_id: chat } = (objectArgument(parameters, 'scope') ?? {}) as Partial<
    Record<string, unknown>
  >;
  return /^chat(?:_administrators|_member)?$/.test(String(type)) && chat !== undefined;
}
