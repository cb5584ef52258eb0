import { type AgentRequest, printable, type XmlElement } from '@pai/core';
import { unreadable } from './refuse.ts';
import { readXmlContent } from './xml.ts';

type Content = Pick<AgentRequest, 'headers' | 'body'>;

/** Bytes of a configuration in content. */
const longest = 256 * 1024;

/**
 * Actions that content asks for beside the request's own, by the elements that its outermost element has. Throws what
 * `readXmlContent` throws.
 */
export async function actionsInContent(
  request: Content,
  actions: Readonly<Record<string, string>>,
): Promise<readonly string[]> {
  const root = await readXmlContent(request, longest);
  const names = new Set(root?.children.map(({ name }) => name));
  return Object.entries(actions).flatMap(([name, action]) => (names.has(name) ? [action] : []));
}

/**
 * The text of the element that `path` leads to, from the children of the outermost one; undefined where there is none. Throws
 * `malformed_request` for two of them, and what `readXmlContent` throws.
 */
export async function textInContent(request: Content, path: readonly string[]): Promise<string | undefined> {
  let element = await readXmlContent(request, longest);
  for (const step of path) {
    const found: readonly XmlElement[] = element?.children.filter(({ name }) => name === step) ?? [];
    if (found.length > 1) throw unreadable(`the content has two ${step} elements; send one`);
    [element] = found;
  }
  return element?.text;
}

const ofRestore: ReadonlySet<string> = new Set(['Days', 'Description', 'GlacierJobParameters', 'Tier']);

/**
 * Refuses a restore that does more than restore: one of the type SELECT writes what it finds into a bucket that its
 * content names (Amazon S3 API Reference, RestoreObject). Throws `malformed_request` for it.
 */
export async function refuseSelectingRestore(request: Content): Promise<void> {
  const root = await readXmlContent(request, longest);
  const other = root?.children.find(({ name }) => !ofRestore.has(name));
  if (other === undefined) return;
  throw unreadable(`the restore has ${printable(other.name)}; send one with Days and Tier alone`);
}
