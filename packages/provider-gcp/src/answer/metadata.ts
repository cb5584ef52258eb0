import { type AgentRequest, getHeader, type LocalResponse, readForm, readPath } from '@pai/core';
import { type PlaceholderIdentity, placeholderIdToken, tokenLife } from './identity.ts';

/** The metadata server of machines, containers and functions, by its name and its address. No credential ever goes there. */
export const metadataHosts: readonly string[] = ['metadata.google.internal', '169.254.169.254'];

/**
 * Answers as the metadata server for what it would answer with, placeholders in place of tokens; for all else there with
 * 404, and with 403 for what has not the header of one who knows whom they ask.
 * https://docs.cloud.google.com/compute/docs/metadata/querying-metadata
 */
export function answerMetadata(request: AgentRequest, identity: PlaceholderIdentity): LocalResponse {
  const path = pathOf(request);
  if (path === undefined || (request.method !== 'GET' && request.method !== 'HEAD')) return notFound;
  if (path.length === 0) return text('computeMetadata/\n');
  if (path[0] !== 'computeMetadata') return notFound;
  if (getHeader(request.headers, 'metadata-flavor')?.toLowerCase() !== 'google') return forbidden;
  if (getHeader(request.headers, 'x-forwarded-for') !== undefined) return forbidden;
  if (path.length === 1) return text('v1/\n');
  if (path[1] !== 'v1') return notFound;
  const query = readQuery(request);
  return query === undefined ? notFound : answerEntry(path.slice(2), query, identity);
}

function pathOf({ path }: AgentRequest): readonly string[] | undefined {
  try {
    return readPath(path)
      .text.split('/')
      .filter((segment) => segment !== '');
  } catch {
    return undefined;
  }
}

function readQuery({ query }: AgentRequest): Query | undefined {
  try {
    return new Map(readForm(query));
  } catch {
    return undefined;
  }
}

type Query = ReadonlyMap<string, string>;

/** A directory, a value, or what makes one from the query, which no listing shows. */
type Entry = string | readonly string[] | { readonly [name: string]: Entry } | ((query: Query) => Made);
type Made = { readonly text: string } | { readonly json: object } | undefined;

function answerEntry(path: readonly string[], query: Query, identity: PlaceholderIdentity): LocalResponse {
  let entry: Entry | undefined = treeOf(identity);
  for (const segment of path) {
    entry = isDirectory(entry) && Object.hasOwn(entry, segment) ? entry[segment] : undefined;
  }
  if (entry === undefined) return notFound;
  if (typeof entry === 'function') return makeEntry(entry, query);
  const isRecursive = isDirectory(entry) && query.get('recursive')?.toLowerCase() === 'true';
  const form = query.get('alt') ?? (isRecursive ? 'json' : 'text');
  if (form === 'json') return json(isDirectory(entry) && !isRecursive ? namesIn(entry) : plain(entry));
  if (isDirectory(entry)) return isRecursive ? notFound : text(`${namesIn(entry).join('\n')}\n`);
  return text(typeof entry === 'string' ? entry : `${entry.join('\n')}\n`);
}

function isDirectory(entry: Entry | undefined): entry is { readonly [name: string]: Entry } {
  return typeof entry === 'object' && !Array.isArray(entry);
}

function makeEntry(make: (query: Query) => Made, query: Query): LocalResponse {
  const made = make(query);
  if (made === undefined)
    return { ...notFound, status: 400, body: 'non-empty audience parameter required\n' };
  return 'json' in made ? json(made.json) : text(made.text);
}

function treeOf(identity: PlaceholderIdentity): Entry {
  const { email, project } = identity;
  const account: Entry = {
    aliases: ['default'],
    email,
    identity: (query) => {
      const audience = query.get('audience') ?? '';
      return audience === '' ? undefined : { text: placeholderIdToken(identity, audience) };
    },
    scopes: ['https://www.googleapis.com/auth/cloud-platform'],
    token: () => ({
      json: { access_token: identity.token, expires_in: tokenLife, token_type: 'Bearer' },
    }),
  };
  return {
    instance: { 'service-accounts': { default: account, [email]: account } },
    project: project === undefined ? {} : { 'project-id': project },
    universe: { 'universe-domain': 'googleapis.com' },
  };
}

function namesIn(directory: { readonly [name: string]: Entry }): readonly string[] {
  return Object.entries(directory).map(([name, entry]) => (isDirectory(entry) ? `${name}/` : name));
}

/** As JSON, where names are written together (`serviceAccounts`) unless they are somebody's own. */
function plain(entry: Entry): unknown {
  if (!isDirectory(entry)) return entry;
  const shown = Object.entries(entry).filter(([, inner]) => typeof inner !== 'function');
  return Object.fromEntries(shown.map(([name, inner]) => [joined(name), plain(inner)]));
}

function joined(name: string): string {
  return name.includes('@') ? name : name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

const flavor = ['metadata-flavor', 'Google', 'server', 'Metadata Server for VM'];

function text(body: string): LocalResponse {
  return { status: 200, headers: ['content-type', 'application/text', ...flavor], body };
}

function json(value: unknown): LocalResponse {
  return {
    status: 200,
    headers: ['content-type', 'application/json', ...flavor],
    body: JSON.stringify(value),
  };
}

const notFound: LocalResponse = {
  status: 404,
  headers: ['content-type', 'text/plain', ...flavor],
  body: 'not found\n',
};

const forbidden: LocalResponse = {
  status: 403,
  headers: ['content-type', 'text/plain', ...flavor],
  body: 'missing required header "Metadata-Flavor": "Google", or a header "X-Forwarded-For" that must not be there\n',
};
