import { type AgentRequest, PaiError, printable, type Resolution } from '@pai/core';
import { type BatchDialect, resolveBatch } from '../batch.ts';
import { refuseDetours } from '../detours.ts';
import type { Operations } from './operations.ts';
import { resolveArm } from './resolve.ts';

/** Whether a path is that of Resource Manager's batches, `POST /batch`. */
export function isArmBatch(path: string): boolean {
  return /^\/+batch\/?$/i.test(path);
}

/** Judges every request of a batch of Resource Manager as if it came alone. A batch in a batch is refused. */
export function resolveArmBatch(request: AgentRequest, operations?: Operations): Promise<Resolution> {
  refuseDetours(request);
  return resolveBatch(request, dialectOf(request.host), (inner) => {
    if (isArmBatch(inner.path)) throw new PaiError('malformed_request', 'the batch has a batch in it');
    return resolveArm(inner, operations);
  });
}

function dialectOf(host: string): BatchDialect {
  return {
    members: ['httpMethod', 'url', 'content', 'name', 'requestHeaderDetails'],
    method: 'httpMethod',
    content: 'content',
    headers: 'requestHeaderDetails',
    most: 500,
    target: (url) => {
      const path = url.toLowerCase().startsWith(`https://${host}/`)
        ? url.slice(`https://${host}`.length)
        : url;
      if (/^\/(?!\/)/.test(path) || /^\/\/subscriptions\//i.test(path)) return path;
      if (/^(?:subscriptions|providers|tenants)(?:\/|\?|$)/i.test(path)) return `/${path}`;
      throw new PaiError('malformed_request', `${printable(url)} in the batch is no path at ${host}`);
    },
  };
}
