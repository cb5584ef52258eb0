import { listOf, type Node, nodeOf, textOf, unusable } from './document.ts';

/** Where an API is. */
export interface Servers {
  readonly hosts: readonly [string, ...string[]];
  /** Without a slash at its end; empty for none. */
  readonly basePath: string;
}

/**
 * The hosts of a document, which have one base path in common: that of the first, or of `chosen`. Throws `config_invalid`
 * when there is none that is reached over https.
 */
export function serversOf(document: Node, chosen: string | undefined, notes: string[]): Servers {
  const urls = chosen === undefined ? urlsOf(document) : [chosen];
  const read = urls.flatMap((url) => readServer(url) ?? []);
  const [first] = read;
  if (first === undefined) {
    const why = urls.length === 0 ? 'it names no server' : `${urls.join(', ')} is no https URL of a server`;
    throw unusable(why, 'name it: --server https://HOST/PATH');
  }
  const alike = read.filter(({ basePath }) => basePath === first.basePath);
  const others = urls.length - alike.length;
  if (others > 0) notes.push(`${others} servers are left out: not https, or with another base path`);
  const [host, ...more] = new Set(alike.map((server) => server.host));
  return { hosts: [host ?? first.host, ...more], basePath: first.basePath };
}

/** Whether a path or an operation has servers of its own that are none of the document's. */
export function isElsewhere(node: Node, { hosts, basePath }: Servers): boolean {
  const own = listOf(node['servers']).map(urlOf);
  return own.some((url) => {
    const server = readServer(url);
    return server === undefined || !hosts.includes(server.host) || server.basePath !== basePath;
  });
}

function urlsOf(document: Node): readonly string[] {
  if (document['swagger'] === undefined) return listOf(document['servers']).map(urlOf);
  const host = textOf(document['host']);
  const schemes = listOf(document['schemes'] ?? ['https']);
  // Some leave out the slash that it must begin with.
  const basePath = textOf(document['basePath'])?.replace(/^\/?/, '/') ?? '';
  return host === undefined ? [] : schemes.map((scheme) => `${scheme}://${host}${basePath}`);
}

/** With the defaults of its variables. */
function urlOf(server: unknown): string {
  const { url, variables } = nodeOf(server);
  return (textOf(url) ?? '').replaceAll(/\{([^{}]*)\}/g, (whole, name: string) => {
    const value = nodeOf(nodeOf(variables)[name])['default'];
    return value === undefined ? whole : String(value);
  });
}

function readServer(url: string): { readonly host: string; readonly basePath: string } | undefined {
  if (!/^https:\/\/[^{}]*$/i.test(url) || !URL.canParse(url)) return undefined;
  const { host, pathname, search, username } = new URL(url);
  if (search !== '' || username !== '') return undefined;
  return { host, basePath: pathname.replace(/\/+$/, '') };
}
