import { type AgentRequest, isTakenFor, readParameters } from '@pai/core';
import { doorOf } from './door.ts';
import { longestContent } from './resolve.ts';

/** What the agent wrote as `token` in a call of a method: slack-go has it in forms. Rejects where the call cannot be read. */
export async function readTokens(request: AgentRequest): Promise<readonly string[]> {
  if (doorOf(request.host, request.path).kind !== 'method') return [];
  const parameters = await readParameters(request, longestContent);
  return parameters.filter(({ name }) => isTakenFor(name, 'token')).map(({ value }) => String(value));
}
