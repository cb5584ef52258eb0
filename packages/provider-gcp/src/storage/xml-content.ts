import { type AgentRequest, decodeUtf8, getHeaders, readXml, type XmlElement } from '@pai/core';
import { checkObject } from './names.ts';
import { unreadable } from './refuse.ts';

/** Bytes of content that are read: 1,000 of the longest names, escaped. */
const longest = 2 * 1024 * 1024;

/** As many as one request may name. */
const most = 1_000;

const namespaces: ReadonlySet<string> = new Set([
  'http://doc.s3.amazonaws.com/2006-03-01',
  'http://s3.amazonaws.com/doc/2006-03-01/',
  'https://s3.amazonaws.com/doc/2006-03-01/',
]);

/** How a document names objects. */
interface Shape {
  readonly root: string;
  readonly entry: string;
  readonly key: string;
  readonly others: readonly string[];
}

const shapes = {
  deletions: { root: 'Delete', entry: 'Object', key: 'Key', others: ['VersionId', 'Generation'] },
  components: {
    root: 'ComposeRequest',
    entry: 'Component',
    key: 'Name',
    others: ['Generation', 'IfGenerationMatch'],
  },
} as const satisfies Record<string, Shape>;

/**
 * The names of the objects that the content of `?delete` or `?compose` has (Cloud Storage XML API reference). Throws
 * `body_too_large` over 2 MiB, and `malformed_request` for content that another reader could read in another way.
 */
export async function readObjects(
  request: Pick<AgentRequest, 'headers' | 'body'>,
  kind: keyof typeof shapes,
): Promise<readonly string[]> {
  const shape: Shape = shapes[kind];
  const coding = getHeaders(request.headers, 'content-encoding').join(',').trim().toLowerCase();
  if (coding !== '' && coding !== 'identity') {
    throw unreadable('the content decides what the request does, and it is encoded; send it plainly');
  }
  const root = readXml(decodeUtf8(await request.body.bytes(longest)), { namespaces, of: 'Cloud Storage' });
  const entries = root.children.filter(({ name }) => name === shape.entry);
  const others = root.children.filter(({ name }) => name !== shape.entry);
  const isKnown = others.every(({ name }) => name === 'Quiet') && others.length <= 1;
  if (root.name !== shape.root || entries.length === 0 || !isKnown) {
    throw unreadable(
      `the content is no <${shape.root}> of <${shape.entry}> elements; send one as documented`,
    );
  }
  if (entries.length > most)
    throw unreadable(`the request names over ${most} objects; send several requests`);
  return entries.map((entry) => readName(entry, shape));
}

function readName({ children }: XmlElement, { entry, key, others }: Shape): string {
  const texts = new Map<string, string>();
  for (const { name, children: inner, text } of children) {
    if ((name !== key && !others.includes(name)) || inner.length > 0 || texts.has(name) || text === '') {
      throw unreadable(`a <${entry}> has an element twice, empty or unknown; send each element once`);
    }
    texts.set(name, text);
  }
  return checkObject(texts.get(key));
}
