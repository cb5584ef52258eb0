import { type AgentRequest, printable, type XmlElement } from '@pai/core';
import { hasParent } from './escapes.ts';
import { unreadable } from './refuse.ts';
import { readXmlContent } from './xml.ts';

/** One object that a request deletes, or one version of it. */
export interface Deletion {
  readonly key: string;
  readonly isVersion: boolean;
}

/** Bytes of content that are read: 1,000 of the longest keys, escaped, with their versions. */
const longest = 2 * 1024 * 1024;

/** As many as S3 takes in one request. */
const most = 1_000;

/** What an object may have beside its key and version: conditions, which only make S3 delete less. */
const conditions: ReadonlySet<string> = new Set(['ETag', 'LastModifiedTime', 'Size']);

/**
 * Every object that the content of `POST ?delete` names (Amazon S3 API Reference, DeleteObjects). Throws `body_too_large`
 * over 2 MiB, and `malformed_request` for content that another reader could read in another way.
 */
export async function readDeletions(
  request: Pick<AgentRequest, 'headers' | 'body'>,
): Promise<readonly Deletion[]> {
  const root = await readXmlContent(request, longest);
  const objects = root?.children.filter(({ name }) => name === 'Object') ?? [];
  const others = root?.children.filter(({ name }) => name !== 'Object') ?? [];
  const isKnown = others.every(({ name }) => name === 'Quiet') && others.length <= 1;
  if (root?.name !== 'Delete' || objects.length === 0 || !isKnown) {
    throw unreadable('the content is no <Delete> of <Object> elements; send one as S3 documents it');
  }
  if (objects.length > most)
    throw unreadable(`the request deletes over ${most} objects; send several requests`);
  return objects.map(readDeletion);
}

function readDeletion({ children }: XmlElement): Deletion {
  const texts = new Map<string, string>();
  for (const { name, children: inner, text } of children) {
    const isKnown = name === 'Key' || name === 'VersionId' || conditions.has(name);
    if (!isKnown || inner.length > 0 || texts.has(name) || text === '') {
      throw unreadable(
        `an <Object> has ${printable(name)} twice, empty or unknown to S3; send each element once`,
      );
    }
    texts.set(name, text);
  }
  const key = texts.get('Key');
  if (key === undefined) throw unreadable('an <Object> has no <Key>; name one');
  if (hasParent(texts.get('VersionId') ?? '')) {
    throw unreadable('a <VersionId> has a segment .., which no version of S3 has; send the id alone');
  }
  return { key, isVersion: texts.has('VersionId') };
}
