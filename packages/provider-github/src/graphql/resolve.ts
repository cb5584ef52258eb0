import { type AgentRequest, isPaiError, type Resolution } from '@pai/core';
import type { Lookup, Node } from '../lookup.ts';
import { readOperation } from './document.ts';
import { readEnvelope } from './envelope.ts';
import { unreadable } from './unreadable.ts';
import { mostIds, tooMany } from './values.ts';

/**
 * Names what a GraphQL request does: its mutations by table and by the nodes they name, its queries by walking the
 * selection with GitHub's schema. Throws `body_too_large`, and what a look-up throws that fails.
 */
export async function resolveGraphql(
  request: AgentRequest,
  lookup: Pick<Lookup, 'node'>,
): Promise<Resolution> {
  try {
    return await readRequest(request, lookup);
  } catch (thrown) {
    if (isPaiError(thrown) && thrown.code === 'malformed_request') return { unresolved: thrown.message };
    throw thrown;
  }
}

async function readRequest(request: AgentRequest, lookup: Pick<Lookup, 'node'>): Promise<Resolution> {
  const operation = await readOperation(await readEnvelope(request));
  if (operation.definition.operation === 'subscription') {
    return { unresolved: 'a GraphQL subscription cannot be judged; send a query' };
  }
  const { idsOfOperation, nameOperation } = await import('./name-operation.ts');
  const nodes = await lookUp(idsOfOperation(operation), lookup);
  return { actions: nameOperation(operation, nodes) };
}

/** Far longer than any; answers are kept by their ids. */
const longestId = 512;

async function lookUp(
  ids: ReadonlySet<string>,
  lookup: Pick<Lookup, 'node'>,
): Promise<ReadonlyMap<string, Node | undefined>> {
  if (ids.size > mostIds) throw tooMany();
  if ([...ids].some(({ length }) => length > longestId)) throw unreadable('a node id is too long');
  return new Map(await Promise.all([...ids].map(async (id) => [id, await lookup.node(id)] as const)));
}
