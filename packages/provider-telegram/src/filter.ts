import { Readable } from 'node:stream';
import { getHeaders, PaiError, type ResponseFilter, type ResponseHead, readJson } from '@pai/core';
import { readBotPath } from './bot-path.ts';
import { canonicalMethod } from './methods.ts';
import { keepUpdates } from './updates.ts';

/** What is taken out of answers. */
export interface Taking {
  /** Whether a chat is inside the scope; left out where there is no scope, or it is not enforced. */
  readonly isInside?: ((chat: string) => boolean) | undefined;
  /** Told the path of every file that `getFile` names; left out where there is no scope. */
  readonly onFile?: ((path: string) => void) | undefined;
}

/** Whether answers to this request are read, so that the service must not compress them. */
export function isFiltered(path: string, { isInside, onFile }: Taking): boolean {
  const method = methodOf(path);
  if (method === 'getUpdates') return isInside !== undefined;
  return method === 'getFile' ? onFile !== undefined : minting.has(method);
}

/**
 * Takes the updates of other chats out of the answers to `getUpdates`, and the tokens of other bots out of the answers
 * that mint them.
 */
export function createFilter(taking: Taking): ResponseFilter {
  return (head, { path }) => {
    // What is no success is an error, or a page of a server in front of the service.
    if (head.status >= 300 || !isFiltered(path, taking)) return undefined;
    const method = methodOf(path);
    return (content) =>
      Readable.from(
        changed(content, head, (text) => changeOf(method, text, taking)),
        { objectMode: false },
      );
  };
}

/** Methods whose answer is the token of a bot. */
const minting: ReadonlySet<string> = new Set(['getManagedBotToken', 'replaceManagedBotToken']);

function methodOf(path: string): string {
  const read = readBotPath(path);
  return read !== undefined && 'method' in read ? canonicalMethod(read.method) : '';
}

function changeOf(method: string, text: string, { isInside, onFile }: Taking): string {
  if (minting.has(method)) return text.replace(/\d+:[\w-]+/g, '');
  if (method === 'getUpdates') return keepUpdates(text, isInside ?? (() => true));
  const path = filePathOf(text);
  if (path !== undefined) onFile?.(path);
  return text;
}

/** https://core.telegram.org/bots/api#file. */
function filePathOf(answer: string): string | undefined {
  try {
    const { result } = readJson(answer) as { result?: { file_path?: unknown } };
    return typeof result?.file_path === 'string' ? result.file_path : undefined;
  } catch {
    return undefined;
  }
}

/** Most bytes of an answer that is read. */
const limit = 16 << 20;

async function* changed(
  content: Readable,
  { headers }: ResponseHead,
  change: (text: string) => string,
): AsyncGenerator<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of content as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > limit)
      throw new PaiError(
        'upstream_protocol',
        `the answer is larger than the ${limit} bytes that can be read`,
      );
    chunks.push(chunk);
  }
  const codings = getHeaders(headers, 'content-encoding').join();
  if (codings !== '' && codings !== 'identity') {
    throw new PaiError('upstream_protocol', 'the answer is compressed although that was not asked for');
  }
  yield Buffer.from(change(Buffer.concat(chunks).toString('utf8')));
}
