import { type AgentRequest, PaiError, printable, type Resolution } from '@pai/core';
import { type BatchDialect, resolveBatch } from '../batch.ts';
import { refuseDetours } from '../detours.ts';
import { resolveGraph } from './resolve.ts';

/** Whether a path is that of Graph's batches, `POST /v1.0/$batch`. */
export function isGraphBatch(path: string): boolean {
  return batchPath.test(path);
}

const batchPath = /^\/(v1\.0|beta)\/(?:\$|%24)batch\/?$/i;

/** Judges every request of a JSON batch as if it came alone (Microsoft Graph, "JSON batching"). A batch in a batch is refused. */
export function resolveGraphBatch(request: AgentRequest): Promise<Resolution> {
  refuseDetours(request);
  const version = batchPath.exec(request.path)?.[1] ?? '';
  return resolveBatch(request, dialectOf(version), (inner) => {
    if (/\/(?:\$|%24)batch(?:\/|$)/i.test(inner.path)) {
      throw new PaiError('malformed_request', 'the batch has a batch in it');
    }
    return resolveGraph(inner, request.host);
  });
}

function dialectOf(version: string): BatchDialect {
  return {
    members: ['id', 'method', 'url', 'headers', 'body', 'dependsOn', 'atomicityGroup'],
    method: 'method',
    content: 'body',
    takesText: true,
    headers: 'headers',
    most: 20,
    target: (url) => {
      if (/^[a-z][a-z0-9+.-]*:|^\/\/|^\\/i.test(url)) {
        throw new PaiError('malformed_request', `${printable(url)} in the batch is no path below ${version}`);
      }
      // its own examples have spaces in a query, in which nothing is judged
      const plain = url.replace(/\?.*$/s, (query) => query.replaceAll(' ', '%20'));
      return `/${version}/${plain.replace(/^\//, '')}`;
    },
  };
}
