import { type AgentRequest, type Denial, jsonResponse, type LocalResponse, readPath } from '@pai/core';
import { doorOf } from './door.ts';
import type { CommandReader } from './git/commands.ts';
import { gitDenial } from './git/denial.ts';
import { gitPlaceOf } from './git/place.ts';

/** A denial or refusal in the shape that the clients of each door read. `push` is what was read of a push. */
export function denyGitHub(
  denial: Denial,
  request: AgentRequest,
  push: CommandReader | undefined,
): LocalResponse {
  const { status, message } = denial;
  const { kind, segments } = doorOf(request.host, segmentsOf(request));
  if (kind === 'container') return containerDenial(denial);
  if (kind === 'npm') return jsonResponse(status, { error: message });
  if (kind === 'graphql') return graphqlDenial(denial);
  const place = kind === 'web' || kind === 'gist' ? gitPlaceOf(segments, kind === 'gist') : undefined;
  if (place === undefined) return apiDenial(denial);
  return place.service.startsWith('info/lfs/') ? lfsDenial(denial) : gitDenial(denial, place, push);
}

/** None of a path that is refused because it cannot be read. */
function segmentsOf({ path }: AgentRequest): readonly string[] {
  try {
    return readPath(path).segments;
  } catch {
    return [];
  }
}

/** OCI Distribution, "Error Codes", and the one that Docker's registry has for all else. */
function containerDenial({ status, message }: Denial): LocalResponse {
  const code = status === 403 ? 'DENIED' : 'UNKNOWN';
  return jsonResponse(status, { errors: [{ code, message }] });
}

/** https://docs.github.com/rest/using-the-rest-api/troubleshooting-the-rest-api */
function apiDenial({ status, message }: Denial): LocalResponse {
  const documentation_url = 'https://docs.github.com/rest';
  return jsonResponse(status, { message, documentation_url, status: String(status) });
}

/** GraphQL clients read `errors`; those that look at the status first read `message`. */
function graphqlDenial({ status, message }: Denial): LocalResponse {
  return jsonResponse(status, {
    message,
    documentation_url: 'https://docs.github.com/graphql',
    status: String(status),
    errors: [{ ...(status === 403 && { type: 'FORBIDDEN' }), message }],
  });
}

/** git-lfs docs/api/batch.md, "Response Errors". */
function lfsDenial({ status, message }: Denial): LocalResponse {
  const headers = ['content-type', 'application/vnd.git-lfs+json'];
  return { status, headers, body: JSON.stringify({ message }) };
}
