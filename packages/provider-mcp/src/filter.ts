import { type Readable, Transform, type TransformCallback } from 'node:stream';
import {
  type Action,
  type AgentRequest,
  deleteHeader,
  getHeaders,
  PaiError,
  printable,
  type ResponseFilter,
  type ResponseHead,
} from '@pai/core';
import { formatErrors } from './deny.ts';
import type { McpEndpoint } from './endpoint.ts';
import { readMessagePlace } from './endpoint-event.ts';
import { type IsAllowed, keepAllowed } from './from-server.ts';
import { gatherBytes } from './gathered-bytes.ts';
import type { OpenStreams } from './open-streams.ts';
import type { McpResolver } from './resolve.ts';
import type { Sessions } from './sessions.ts';
import { createSseReader, formatEvent, type SseEvent, standsFor } from './sse.ts';

/** Most bytes of a message or an event from the server. */
const limit = 16 << 20;

/** What the policy says of an action, whatever request it comes back to; of a tool that is listed, with its definition. */
export type View = (request: AgentRequest, action: Action, definition?: object) => boolean;

/** What a filter goes by. */
export interface FilterOptions extends Pick<McpResolver, 'messageOf'> {
  readonly endpoint: McpEndpoint;
  readonly view: View;
  readonly streams: OpenStreams;
  readonly sessions: Pick<Sessions, 'note' | 'notePlace'>;
}

/** Keeps from the agent what the policy denies, wherever it comes back: tools in lists, requests and notifications. */
export function createFilter(options: FilterOptions): ResponseFilter {
  const { endpoint, view, messageOf, streams, sessions } = options;
  return (head, request) => {
    sessions.note(request, head);
    // Clients go by it to a login of their own.
    deleteHeader(head.headers, 'www-authenticate');
    const type = getHeaders(head.headers, 'content-type').join().trim().toLowerCase();
    const isStream = /^text\/event-stream\s*(?:;|$)/.test(type);
    // Some clients take messages from errors too. A page that says what went wrong is for people.
    if ((head.status < 200 || head.status > 299) && !isStream && !type.includes('json')) return undefined;
    const withheld = (why: string) => {
      const requests = messageOf(request)?.frames.filter((frame) => frame.kind === 'request') ?? [];
      const message = `the server's answer is withheld, since it ${why}`;
      return formatErrors(requests, messageOf(request)?.isBatch === true, message);
    };
    const keep = (text: string, isText: boolean) =>
      keepReadable(text, isText, (action, definition) => view(request, action, definition), withheld);
    if (isStream) {
      const readPlace = (data: string, stream: Readable) => {
        const { target, shown } = readMessagePlace(data, endpoint, request);
        streams.add(target, stream);
        stream.once('close', sessions.notePlace(request, target));
        return shown;
      };
      const place = endpoint.transport === 'sse' ? readPlace : undefined;
      return (content) => eventsOf(content, head, (event, stream) => keepEvent(event, stream, keep, place));
    }
    return (content) => whole(content, head, keep);
  };
}

type Keep = (text: string, isText: boolean) => string | undefined;

/** Words (`Accepted`, the time in a `ping`) pass: every message is an object or a list. */
function canHoldMessage(text: string): boolean {
  return /[[{]/.test(text);
}

/** `isText` is whether the text stands for all of its bytes. */
function keepReadable(
  text: string,
  isText: boolean,
  isAllowed: IsAllowed,
  withheld: (why: string) => string | undefined,
): string | undefined {
  if (!canHoldMessage(text)) return text;
  if (!isText) return withheld('is not UTF-8');
  try {
    return keepAllowed(text, isAllowed);
  } catch {
    return withheld('is no JSON that has one reading');
  }
}

function keepEvent(
  event: SseEvent,
  stream: Readable,
  keep: Keep,
  readPlace: ((data: string, stream: Readable) => string) | undefined,
): Buffer {
  const { type, data, raw, isText, isPlain } = event;
  if (data === undefined || data === '') return isPlain ? raw : formatEvent(event, data);
  if (readPlace !== undefined && type.trim() === 'endpoint') {
    const place = readPlace(data, stream);
    return place === data && isPlain ? raw : formatEvent(event, place);
  }
  const kept = keep(data, isText);
  if (kept === data && isPlain) return raw;
  // Some clients take every line of data for a message; between the parts of JSON a space does as well.
  return formatEvent(event, kept !== undefined && canHoldMessage(kept) ? kept.replaceAll('\n', ' ') : kept);
}

const lineFeed = Buffer.from('\n');

function eventsOf(
  content: Readable,
  head: ResponseHead,
  change: (event: SseEvent, stream: Readable) => Buffer,
): Readable {
  const reader = createSseReader(limit, tooLarge);
  const stream = new Transform({
    transform: (chunk: Buffer, _, done) =>
      attempt(done, () => {
        refuseCoding(head);
        return Buffer.concat(reader.read(chunk).map((event) => change(event, stream)));
      }),
    // What no blank line ends is no event; the second half of a line's end is all that may go on.
    flush: (done) =>
      attempt(done, () => {
        const end = reader.rest();
        return end.equals(lineFeed) ? end : undefined;
      }),
  });
  return passThrough(content, stream);
}

function whole(content: Readable, head: ResponseHead, change: Keep): Readable {
  const gathered = gatherBytes();
  const stream = new Transform({
    transform: (chunk: Buffer, _, done) =>
      attempt(done, () => {
        gathered.add(chunk);
        if (gathered.size() > limit) throw tooLarge();
        return undefined;
      }),
    flush: (done) =>
      attempt(done, () => {
        if (gathered.size() === 0) return undefined;
        refuseCoding(head);
        const bytes = gathered.take();
        const text = bytes.toString('utf8');
        const kept = change(text, standsFor(text, bytes));
        return kept === text ? bytes : kept === undefined ? undefined : Buffer.from(kept);
      }),
  });
  return passThrough(content, stream);
}

function attempt(done: TransformCallback, make: () => Buffer | undefined): void {
  let made: Buffer | undefined;
  try {
    made = make();
  } catch (thrown) {
    done(thrown as Error);
    return;
  }
  done(null, made);
}

/** As `pipeline` does it, at a fifth of its cost. */
function passThrough(content: Readable, stream: Transform): Transform {
  content.once('error', (error) => stream.destroy(error));
  content.once('close', () => {
    if (!content.readableEnded) stream.destroy();
  });
  stream.once('close', () => content.destroy());
  return content.pipe(stream);
}

/** Clients that go by a charset would read other text than what is judged. */
function refuseCoding({ headers }: ResponseHead): void {
  const coding = getHeaders(headers, 'content-encoding').join();
  const type = getHeaders(headers, 'content-type').join();
  const isIdentity = /^(?:identity)?$/i.test(coding);
  if (isIdentity && !/charset(?!\s*=\s*"?(?:utf-?8|us-ascii|iso-8859-1)"?\s*(?:[;,]|$))/i.test(type)) return;
  const shown = printable(isIdentity ? type : coding);
  throw new PaiError(
    'upstream_protocol',
    `the server's answer is encoded as ${shown} although that was not asked for`,
  );
}

function tooLarge(): PaiError {
  return new PaiError(
    'upstream_protocol',
    `the server's message is larger than the ${limit} bytes that can be judged`,
  );
}
