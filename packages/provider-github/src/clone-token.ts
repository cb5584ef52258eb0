import { Readable } from 'node:stream';
import { getHeaders, PaiError, type ResponseFilter, type ResponseHead, readPath } from '@pai/core';
import { placeOf } from './containers.ts';
import { type Door, doorOf } from './door.ts';

/** Whether the API answers with a repository itself, which for a private one holds a token that clones it. */
export function answersRepository({ kind, segments }: Door, method: string): boolean {
  if (kind !== 'rest') return false;
  if (method === 'POST' && makers.has(segments.at(-1)?.toLowerCase() ?? '')) {
    return placeOf(segments).container !== 'root';
  }
  if (segments.length > longestRepository) return false;
  const { container, rest } = placeOf(segments);
  return container === 'repo' && rest.every((segment) => segment === '');
}

/** The last segment of what makes a repository, of a user, an organization or another repository, or moves it. */
const makers: ReadonlySet<string> = new Set(['repos', 'forks', 'generate', 'transfer']);

/** Segments of `repos/OWNER/NAME`. */
const longestRepository = 3;

/**
 * Empties `temp_clone_token` in the answers that are a repository itself: a credential that GitHub makes for whoever
 * may read it (https://docs.github.com/rest/repos/repos#get-a-repository).
 */
export const emptyCloneToken: ResponseFilter = (head, { host, method, path }) => {
  if (!answersRepository(doorOf(host, readPath(path).segments), method)) return undefined;
  return (content) => Readable.from(emptied(content, head), { objectMode: false });
};

/** Most bytes of an answer that is read; a repository has some 10 kB. */
const limit = 1 << 20;

async function* emptied(content: Readable, { headers }: ResponseHead): AsyncGenerator<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of content as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > limit) throw unreadable(`is larger than the ${limit} bytes that can be read`);
    chunks.push(chunk);
  }
  const coding = getHeaders(headers, 'content-encoding').join();
  if (size > 0 && !/^(?:identity)?$/i.test(coding)) {
    throw unreadable('is compressed although that was not asked for');
  }
  // Latin-1 keeps every byte as it is.
  const text = Buffer.concat(chunks).toString('latin1');
  yield Buffer.from(text.replace(/("temp_clone_token"\s*:\s*)"(?:[^"\\]|\\.)*"/g, '$1""'), 'latin1');
}

function unreadable(why: string): PaiError {
  return new PaiError('upstream_protocol', `the repository that GitHub answers with ${why}`);
}
