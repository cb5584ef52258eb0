import { type AgentRequest, bodyOf, type Provider, type UpstreamRequest } from '@pai/core';
import { bodyBytes, type Judged } from './record.ts';

/** What the provider gets wrong about a recorded request, or nothing: its names, its ARN, what it is signed for. */
export async function faultOf(judged: Judged, provider: Provider): Promise<string | undefined> {
  const request = agentRequestOf(judged);
  try {
    const resolution = await provider.resolve(request);
    if ('unresolved' in resolution) return `unresolved: ${resolution.unresolved}`;
    const names = [...new Set(resolution.actions.map(({ name }) => name))].sort();
    if (names.join() !== judged.actions.join())
      return `${names.join(' ')} should be ${judged.actions.join(' ')}`;
    const isTold = !resolution.actions.some(({ reach }) => reach === 'any');
    const resources = resolution.actions.map(({ resource }) => resource ?? 'nothing');
    if (judged.resource !== undefined && isTold && !resources.includes(judged.resource)) {
      return `${resources.join(' ')} should have ${judged.resource}`;
    }
  } catch (error) {
    return `unresolved: ${(error as Error).message}`;
  }
  return signingFault(judged, request, provider);
}

/** Whether the provider names the very ARN that is expected. It may also say that it cannot tell, which is outside of every scope. */
export async function isExact(judged: Judged, { resolve }: Provider): Promise<boolean> {
  const resolution = await Promise.resolve(resolve(agentRequestOf(judged))).catch(() => undefined);
  return (
    resolution !== undefined &&
    'actions' in resolution &&
    resolution.actions.some(({ resource }) => resource === judged.resource)
  );
}

async function signingFault(
  { scope }: Judged,
  { method, host, port, target, headers, body }: AgentRequest,
  { inject }: Provider,
): Promise<string | undefined> {
  // Not signed by the SDK, or for a session that would have to be asked for.
  if (scope === '' || /\.s3express-[a-z0-9-]+\./.test(host)) return undefined;
  const request: UpstreamRequest = { method, host, port, target, headers: [...headers], body };
  await inject(request);
  const [, signed] = /Credential=[^/]+\/\d+\/([^/]+\/[^/]+)\//.exec(request.headers.join('\n')) ?? [];
  return signed === scope ? undefined : `${host} is signed for ${signed} and should be for ${scope}`;
}

function agentRequestOf({ method, url, headers, body }: Judged): AgentRequest {
  const slash = url.indexOf('/');
  const target = url.slice(slash);
  const mark = target.indexOf('?');
  return {
    id: 'sweep',
    method,
    host: url.slice(0, slash).toLowerCase(),
    port: 443,
    target,
    path: mark === -1 ? target : target.slice(0, mark),
    query: mark === -1 ? '' : target.slice(mark + 1),
    headers: Object.entries(headers).flat(),
    protocol: 'h1',
    body: bodyOf(bodyBytes(body)),
  };
}
