import type { Actions, AgentRequest, Resolution } from '@pai/core';
import { gitAction } from './action.ts';
import { type CommandReader, createCommandReader } from './commands.ts';
import { resolveLfs } from './lfs.ts';
import type { GitPlace } from './place.ts';
import { readAhead } from './read-ahead.ts';

/** Most bytes before the pack of a push. */
const maxCommandBytes = 128 * 1024;

/** Takes what was read of a push, for the denial that may follow. */
export type OnPush = (reader: CommandReader) => void;

/**
 * Names what git over HTTP does (gitprotocol-http, the smart protocol in all versions). Of a push the list of commands
 * is read, and the pack is not. Throws `malformed_request` for a list that cannot be read to one meaning.
 */
export function resolveGit(
  request: AgentRequest,
  place: GitPlace,
  onPush: OnPush,
): Resolution | Promise<Resolution> {
  const { method, query } = request;
  const { service } = place;
  if (service.startsWith('info/lfs/')) return resolveLfs(request, place);
  if (service === 'info/refs' && method === 'GET') return resolveDiscovery(query, place);
  if (method !== 'POST' || query !== '') return unread;
  if (service === 'git-upload-pack') return { actions: [gitAction(place, 'read')] };
  return service === 'git-receive-pack' ? resolvePush(request, place, onPush) : unread;
}

const unread: Resolution = { unresolved: "this is no request of git's smart HTTP protocol" };

function resolveDiscovery(query: string, place: GitPlace): Resolution {
  if (query === 'service=git-upload-pack') return { actions: [gitAction(place, 'read')] };
  if (query === 'service=git-receive-pack') return { actions: [gitAction(place, 'push')] };
  return unread;
}

async function resolvePush(request: AgentRequest, place: GitPlace, onPush: OnPush): Promise<Resolution> {
  const reader = createCommandReader();
  onPush(reader);
  await readAhead(request, maxCommandBytes, reader.read);
  const actions = reader.list.commands.flatMap(({ reference, isDelete }) => {
    const push = gitAction(place, 'push', reference);
    return isDelete ? [push, gitAction(place, 'delete', reference)] : [push];
  });
  // An empty list is how git asks whether it may push, before it sends much.
  return { actions: actions.length === 0 ? [gitAction(place, 'push')] : (actions as unknown as Actions) };
}
