import type { AgentRequest, Resolution } from '@pai/core';
import { readMember } from '../json-body.ts';
import { gitAction } from './action.ts';
import type { GitPlace } from './place.ts';

/** Names a request of git LFS (git-lfs docs/api: batch and locking). The objects themselves go by signed URLs. */
export function resolveLfs(request: AgentRequest, place: GitPlace): Resolution | Promise<Resolution> {
  const { method } = request;
  const what = place.service.slice('info/lfs/'.length);
  if (what === 'locks' && method === 'GET') return { actions: [gitAction(place, 'read')] };
  if (method !== 'POST') return unread;
  if (what === 'objects/batch') return resolveBatch(request, place);
  return /^locks(?:\/verify|\/[^/]+\/unlock|)$/.test(what) ? { actions: [gitAction(place, 'push')] } : unread;
}

async function resolveBatch(request: AgentRequest, place: GitPlace): Promise<Resolution> {
  const reading = await readMember(request, 'operation');
  if ('unresolved' in reading) return reading;
  if (reading.value === 'download') return { actions: [gitAction(place, 'read')] };
  if (reading.value === 'upload') return { actions: [gitAction(place, 'push')] };
  return { unresolved: 'the batch of LFS is neither a download nor an upload' };
}

const unread: Resolution = { unresolved: 'this is no request of git LFS that is known' };
