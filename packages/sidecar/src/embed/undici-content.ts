import { Readable } from 'node:stream';
import {
  type Body,
  bodyOf,
  createBody,
  emptyBody,
  getHeaders,
  PaiError,
  type RawHeaders,
  toPaiError,
} from '@pai/core';
import { asBuffer } from '../agent/as-buffer.ts';

/** Content of a request, and the fields that describe it. */
export interface DispatchedContent {
  readonly body: Body;
  readonly headers: RawHeaders;
}

/** The fields of a dispatched request, in any of the forms that undici takes. */
export function fieldsOfDispatch(headers: unknown): RawHeaders {
  const fields: RawHeaders = [];
  const add = (name: unknown, value: unknown) => {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== undefined) fields.push(String(name), one === null ? '' : String(one));
    }
  };
  if (Array.isArray(headers) && !Array.isArray(headers[0])) {
    for (let i = 0; i < headers.length; i += 2) add(headers[i], headers[i + 1]);
  } else if (isIterable(headers)) {
    for (const [name, value] of headers as Iterable<[unknown, unknown]>) add(name, value);
  } else for (const [name, value] of Object.entries(headers ?? {})) add(name, value);
  return fields;
}

/**
 * The content of a dispatched request, in any of the forms that undici takes: bytes, streams, iterables, blobs, forms.
 * Throws `malformed_request` for a `Content-Length` that is not one, or not that of the content.
 */
export function contentOfDispatch(content: unknown, headers: RawHeaders): DispatchedContent {
  const declared = declaredLength(headers);
  if (content === undefined || content === null) return { body: emptyBody, headers };
  const bytes = bytesOf(content);
  if (bytes !== undefined) {
    if (declared !== undefined && declared !== bytes.length) throw otherLength();
    return { body: bytes.length === 0 ? emptyBody : bodyOf(bytes), headers };
  }
  const { source, type, length = declared } = sourceOf(content);
  const described =
    type === undefined || getHeaders(headers, 'content-type').length > 0
      ? headers
      : [...headers, 'content-type', type];
  return { body: streamed(source, length), headers: described };
}

function declaredLength(headers: RawHeaders): number | undefined {
  const [text, ...others] = getHeaders(headers, 'content-length');
  if (text === undefined) return undefined;
  if (others.length === 0 && /^\d{1,15}$/.test(text)) return Number(text);
  throw new PaiError('malformed_request', 'the Content-Length is not one number');
}

function bytesOf(content: unknown): Buffer | undefined {
  if (typeof content === 'string') return Buffer.from(content);
  if (ArrayBuffer.isView(content)) return asBuffer(content);
  return content instanceof ArrayBuffer ? Buffer.from(content) : undefined;
}

type Chunks = Iterable<Uint8Array | string> | AsyncIterable<Uint8Array | string>;

interface Source {
  readonly source: Chunks;
  readonly type?: string;
  readonly length?: number;
}

function sourceOf(content: unknown): Source {
  const kind = (content as { [Symbol.toStringTag]?: string })[Symbol.toStringTag];
  if (kind === 'FormData') return sourceOfForm(content as Iterable<[string, string | Blob]>);
  if (kind === 'Blob' || kind === 'File') {
    const { size, type, stream } = content as Blob;
    return { source: stream.call(content) as Chunks, length: size, ...(type !== '' && { type }) };
  }
  if (isIterable(content) || isAsyncIterable(content)) return { source: content as Chunks };
  throw new PaiError('malformed_request', 'the content of the request is nothing that can be sent');
}

/** A form of another copy of undici is no form to this one, so that it is built again. */
function sourceOfForm(entries: Iterable<[string, string | Blob]>): Source {
  const form = new FormData();
  for (const [name, value] of entries) form.append(name, value as string);
  const { body, headers } = new Response(form);
  const type = headers.get('content-type') ?? '';
  return { source: (body ?? []) as Chunks, type };
}

function streamed(source: Chunks, length: number | undefined): Body {
  let content: Readable | undefined;
  const open = () => {
    content = readableOf(source, length);
    return content;
  };
  return { ...createBody({ length, open }), discard: () => void content?.destroy() };
}

/** `Readable.from` would not close before a source does that has stopped. */
function readableOf(source: Chunks, length: number | undefined): Readable {
  const chunks = exactly(source, length);
  return new Readable({
    read() {
      chunks.next().then(
        ({ done, value }) => this.push(done === true ? null : value),
        (error: Error) => this.destroy(error),
      );
    },
    destroy(error, done) {
      chunks.return(undefined).catch(() => {});
      done(error);
    },
  });
}

/** Content of another length than was said would be read by the service as the next request, or keep it waiting. */
async function* exactly(source: Chunks, length: number | undefined): AsyncGenerator<Uint8Array> {
  let size = 0;
  try {
    for await (const chunk of source) {
      const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
      size += bytes.length;
      if (length !== undefined && size > length) throw otherLength();
      yield bytes;
    }
  } catch (thrown) {
    throw toPaiError(thrown, 'the content of the request failed before its end', 'malformed_request');
  }
  if (length !== undefined && size < length) throw otherLength();
}

function otherLength(): PaiError {
  return new PaiError('malformed_request', 'the content is not as long as its Content-Length says');
}

function isIterable(value: unknown): value is Iterable<unknown> {
  return typeof (value as Iterable<unknown> | null)?.[Symbol.iterator] === 'function';
}

function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof (value as AsyncIterable<unknown> | null)?.[Symbol.asyncIterator] === 'function';
}
