import { type AgentRequest, type Denial, jsonResponse, type LocalResponse, readPath } from '@pai/core';
import { doorOf } from './door.ts';
import type { CommandReader } from './git/commands.ts';
import { gitDenial } from './git/denial.ts';
import { gitPlaceOf } from './git/place.ts';

/** A denial in the shape that the clients of each door read. `push` is what was read of a push. */
export function denyGitHub(
  { message }: Denial,
  request: AgentRequest,
  push: CommandReader | undefined,
): LocalResponse {
  const { kind, segments } = doorOf(request.host, readPath(request.path).segments);
  if (kind === 'container') return jsonResponse(403, { errors: [{ code: 'DENIED', message }] });
  if (kind === 'npm') return jsonResponse(403, { error: message });
  if (kind === 'graphql') return graphqlDenial(message);
  const place = kind === 'web' || kind === 'gist' ? gitPlaceOf(segments, kind === 'gist') : undefined;
  if (place === undefined) return apiDenial(message);
  return place.service.startsWith('info/lfs/') ? lfsDenial(message) : gitDenial(message, place, push);
}

/** https://docs.github.com/rest/using-the-rest-api/troubleshooting-the-rest-api */
function apiDenial(message: string): LocalResponse {
  return jsonResponse(403, { message, documentation_url: 'https://docs.github.com/rest', status: '403' });
}

/** GraphQL clients read `errors`; those that look at the status first read `message`. */
function graphqlDenial(message: string): LocalResponse {
  return jsonResponse(403, {
    message,
    documentation_url: 'https://docs.github.com/graphql',
    status: '403',
    errors: [{ type: 'FORBIDDEN', message }],
  });
}

/** git-lfs docs/api/batch.md, "Response Errors". */
function lfsDenial(message: string): LocalResponse {
  const headers = ['content-type', 'application/vnd.git-lfs+json'];
  return { status: 403, headers, body: JSON.stringify({ message }) };
}
