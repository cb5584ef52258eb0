import {
  basicInjector,
  deleteHeader,
  readPath,
  type Secret,
  setHeader,
  splitTarget,
  type UpstreamRequest,
} from '@pai/core';
import { answersRepository } from './clone-token.ts';
import { doorOf } from './door.ts';

/**
 * Writes GitHub's token as each of its hosts takes it: the API as a bearer; git and the downloads beside it as Basic,
 * which git itself sends; the container registry as a bearer in base64. What GitHub has signed gets none.
 */
export function writeToken(request: UpstreamRequest, token: Secret): void {
  const door = doorOf(request.host, readPath(splitTarget(request.target).path).segments);
  // What is read on its way back must not come compressed.
  if (answersRepository(door, request.method)) deleteHeader(request.headers, 'accept-encoding');
  switch (door.kind) {
    case 'signed':
      return;
    case 'rest':
    case 'graphql':
    case 'npm':
      return setHeader(request.headers, 'authorization', `Bearer ${token.reveal()}`);
    case 'raw':
    case 'gistRaw':
    case 'codeload':
      return setHeader(request.headers, 'authorization', `token ${token.reveal()}`);
    case 'container':
      return writeRegistryToken(request, token);
    default:
      return void basicInjector('x-access-token', token)(request);
  }
}

/** What GitHub's own token endpoint would give for the token: the token in base64. */
function writeRegistryToken({ headers }: UpstreamRequest, token: Secret): void {
  headers.push('authorization', `Bearer ${Buffer.from(token.reveal()).toString('base64')}`);
}
