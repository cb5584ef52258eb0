import { type Action, type Actions, type AgentRequest, toPaiError } from '@pai/core';
import { isReferenceName } from './git/reference-name.ts';
import { readMember } from './json-body.ts';
import { unknownReference } from './refs.ts';
import type { ListedOperation } from './routes.ts';

/**
 * The action, once for each git reference that the operation writes. One that is not known to write any stays as it is:
 * `scope.refs` judges that by its name.
 */
export async function withReferences(
  action: Action,
  operation: ListedOperation,
  request: AgentRequest,
): Promise<Actions> {
  const sources = table.get(`${operation.method} ${operation.parts.join('/').replace(/\{[^}]*\}/g, '{}')}`);
  if (sources === undefined) return [action];
  const switches = sources.filter(({ from }) => from === 'unless');
  for (const { name } of switches) {
    if ((await readBody(name, request)) === false) return [{ ...action, hasNoPart: true }];
  }
  const places = sources.filter((source) => !switches.includes(source));
  const parts = await Promise.all(places.map((source) => read(source, operation, request)));
  const [first, ...others] = parts.map((part) => ({ ...action, part }));
  return first === undefined ? [{ ...action, hasNoPart: true }] : [first, ...others];
}

interface Source {
  /** Where it stands: a parameter of the path, a member of the JSON body, or nowhere. */
  readonly from: string;
  readonly name: string;
  /** What GitHub puts in front of it. */
  readonly prefix: string;
}

/** Operations that write beside git, and where each says which reference: `-` writes none, `?` does not say; none either where the member after `unless` is false. */
const rows = `
POST git/blobs = -
POST git/commits = -
POST git/tags = -
POST git/trees = -
POST git/refs = body.ref
PATCH git/refs/{} = path.ref:refs/
DELETE git/refs/{} = path.ref:refs/
PUT contents/{} = body.branch:refs/heads/
DELETE contents/{} = body.branch:refs/heads/
POST merges = body.base:refs/heads/
POST merge-upstream = body.branch:refs/heads/
POST branches/{}/rename = path.branch:refs/heads/ body.new_name:refs/heads/
PATCH comments/{} = -
DELETE comments/{} = -
POST releases = body.tag_name:refs/tags/
PATCH releases/{} = body.tag_name:refs/tags/
PUT pulls/{}/merge = ?
PUT pulls/{}/merge-async = ?
PUT pulls/{}/update-branch = ?
POST code-scanning/alerts/{}/autofix/commits = ?
POST deployments = unless.auto_merge body.ref:refs/heads/
POST codespaces/{}/exports = ?
`;

const table: ReadonlyMap<string, readonly Source[]> = new Map(
  rows
    .trim()
    .split('\n')
    .map((row) => {
      const [operation = '', sources = ''] = row.split(' = ');
      return [operation, sources === '-' ? [] : sources.split(' ').map(compile)];
    }),
);

function compile(source: string): Source {
  const [from = '', name = '', prefix = ''] = source.split(/[.:]/);
  return { from, name, prefix };
}

async function read(
  { from, name, prefix }: Source,
  { parameters }: ListedOperation,
  request: AgentRequest,
): Promise<string> {
  if (from === '?') return unknownReference;
  const value = from === 'path' ? parameters[name]?.replaceAll('%2F', '/') : await readBody(name, request);
  // GitHub may take `refs/heads/main` for `main`.
  if (typeof value !== 'string' || (prefix !== '' && /^(?:refs|heads)\//.test(value) && prefix !== 'refs/')) {
    return unknownReference;
  }
  const reference = prefix + value;
  return isReferenceName(reference) && !/^refs\/refs\//.test(reference) ? reference : unknownReference;
}

async function readBody(name: string, request: AgentRequest): Promise<unknown> {
  try {
    const reading = await readMember(request, name);
    return 'value' in reading ? reading.value : undefined;
  } catch (thrown) {
    if (toPaiError(thrown, 'the body could not be read').code === 'body_too_large') return undefined;
    throw thrown;
  }
}
