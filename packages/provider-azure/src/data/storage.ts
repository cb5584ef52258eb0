import { type Action, type AgentRequest, getHeaders, printable } from '@pai/core';
import { unreadable } from './refuse.ts';

/** What every action on storage begins with. */
export const storageActions = 'Microsoft.Storage/storageAccounts/';

/**
 * How resources spell a host of storage: without what marks a route (`-secondary`, `-internetrouting`), and Data Lake's
 * as the blob host, since both doors lead to the same blobs. Patterns of a scope are to be spelled so too.
 */
export function storageHost(host: string): string {
  const dot = host.indexOf('.');
  const account = host.slice(0, dot).replace(/-.*$/, '');
  return account + host.slice(dot).replace(/^(\.z\d+)?\.dfs\./, '$1.blob.');
}

/** The two parts of a path: the container, share or queue, decoded, and what follows it, as it was sent. */
export interface StoragePath {
  /** Undefined for the account itself. */
  readonly container?: string;
  /** Without its slash; undefined where there is none. */
  readonly rest?: string;
}

/**
 * Splits the path of a request to storage. Throws `malformed_request` unless the first segment is the name of a container
 * (Azure Storage, "Naming and referencing containers, blobs, and metadata").
 */
export function readStoragePath(path: string): StoragePath {
  if (path === '/') return {};
  const slash = path.indexOf('/', 1);
  const raw = slash === -1 ? path.slice(1) : path.slice(1, slash);
  const container = decode(raw, 'the container');
  const rest = slash === -1 ? undefined : path.slice(slash + 1);
  return rest === undefined || rest === '' ? { container } : { container, rest };
}

/** Whether the path of a request to the Table service is that of its batches, `/$batch`. Throws `malformed_request` for a broken escape. */
export function isEntityBatch(path: string): boolean {
  return readStoragePath(path).container?.toLowerCase() === '$batch';
}

/** Refuses a name that no container, share or queue has. Throws `malformed_request`. */
export function checkContainer(name: string): string {
  if (/^(?:(?=.{3,63}$)[a-z0-9](?:-?[a-z0-9])*|\$[a-z]{3,60})$/.test(name)) return name;
  throw unreadable(
    `${printable(name)} is no name of a container, share or queue; they have 3 to 63 lower-case letters, digits and single dashes`,
  );
}

/**
 * Every name that an encoded path may mean below its container. Azure takes the encoding off once, `%2F` included; a flat
 * account keeps empty segments and the dots at a segment's end, and one with a hierarchy does not. Throws
 * `malformed_request` for dot segments, backslashes and control characters, which some of Azure's servers rewrite.
 */
export function namesOf(raw: string, what = 'the path'): readonly string[] {
  const name = decode(raw, what);
  checkSegments(name, what);
  const plain = name
    .split('/')
    .map((segment) => segment.replace(/(?<!\.)\.+$/, ''))
    .filter((segment) => segment !== '')
    .join('/');
  if (plain === '') throw unreadable(`${what} ${printable(raw)} names nothing; name what is meant`);
  return plain === name ? [name] : [name, plain];
}

function prefixesOf(prefix: string): readonly string[] {
  checkSegments(prefix, 'the prefix');
  const plain = prefix
    .replace(/(?<!\.)\.+(?=\/)/g, '')
    .replace(/\/{2,}/g, '/')
    .replace(/^\//, '');
  return plain === prefix ? [prefix] : [prefix, plain];
}

function checkSegments(name: string, what: string): void {
  if (/[\\\x00-\x1f\x7f]/.test(name)) {
    throw unreadable(
      `${what} ${printable(name)} has a backslash or a control character; choose another name`,
    );
  }
  if (name.split('/').some((segment) => /^\.+(?:;|$)/.test(segment))) {
    throw unreadable(`${what} ${printable(name)} has a segment of dots; send the path in its plain form`);
  }
}

function decode(raw: string, what: string): string {
  if (!raw.includes('%')) return raw;
  try {
    return decodeURIComponent(raw);
  } catch {
    throw unreadable(
      `${what} ${printable(raw)} is not percent-encoded UTF-8; encode % as %25, and text as UTF-8`,
    );
  }
}

/** One action on every name that a request may mean. */
export function onNames(name: string, base: string, names: readonly string[]): readonly Action[] {
  return names.map((rest) => ({ name, resource: `${base}/${rest}` }));
}

/** One action that reads what is below `base`, for every prefix that a request may mean. */
export function onPrefixes(name: string, base: string, prefix: string): readonly Action[] {
  return prefixesOf(prefix).map((part) => ({ name, resource: base, part }));
}

/** The value of a field; undefined for none. Throws `malformed_request` for two of them. */
export function oneField({ headers }: Pick<AgentRequest, 'headers'>, name: string): string | undefined {
  const [value, ...others] = getHeaders(headers, name);
  if (others.length > 0) throw unreadable(`the request has ${name} twice; send it once`);
  return value?.trim();
}

/** Refuses to restore a container or share under another name than its own. Throws `malformed_request`. */
export function checkRestored(request: AgentRequest, field: string, name: string): void {
  if (oneField(request, field) === name) return;
  throw unreadable(`${field} is not ${name}; restore what was deleted by its own name`);
}

/** The error of a method and selector that no operation has. */
export function unknownOperation(method: string, selector: string, where: string): Error {
  const what = selector === '' ? printable(method) : `${printable(method)} with ${printable(selector)}`;
  return unreadable(`${what} on ${where} is no operation that is known; use one that the service documents`);
}
