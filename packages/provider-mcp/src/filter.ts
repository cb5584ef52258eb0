import { Readable } from 'node:stream';
import {
  type Action,
  type AgentRequest,
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
import type { McpResolver } from './resolve.ts';
import { createSseReader, formatEvent, type SseEvent } from './sse.ts';

/** Most bytes of a message or an event from the server. */
const limit = 16 << 20;

/** What the policy says of an action, whatever request it comes back to. */
export type View = (request: AgentRequest, action: Action) => boolean;

/** What a filter goes by. */
export interface FilterOptions extends Pick<McpResolver, 'messageOf'> {
  readonly endpoint: McpEndpoint;
  readonly view: View;
}

/** Keeps from the agent what the policy denies, wherever it comes back: tools in lists, requests and notifications. */
export function createFilter({ endpoint, view, messageOf }: FilterOptions): ResponseFilter {
  return (head, request) => {
    if (head.status < 200 || head.status > 299) return undefined;
    const type = getHeaders(head.headers, 'content-type').join().trim().toLowerCase();
    const withheld = (why: string) => {
      const requests = messageOf(request)?.frames.filter((frame) => frame.kind === 'request') ?? [];
      const message = `the server's answer is withheld, since it ${why}`;
      return formatErrors(requests, messageOf(request)?.isBatch === true, message);
    };
    const keep = (text: string) => keepReadable(text, (action) => view(request, action), withheld);
    if (/^text\/event-stream\s*(?:;|$)/.test(type)) {
      return (content) =>
        streamed(eventsOf(content, head, (event) => keepEvent(event, keep, endpoint, request)));
    }
    return (content) => streamed(whole(content, head, keep));
  };
}

/** Words (`Accepted`, the time in a `ping`) pass: every message is an object or a list. */
function canHoldMessage(text: string): boolean {
  return /[[{]/.test(text);
}

function keepReadable(
  text: string,
  isAllowed: IsAllowed,
  withheld: (why: string) => string | undefined,
): string | undefined {
  if (!canHoldMessage(text)) return text;
  try {
    return keepAllowed(text, isAllowed);
  } catch {
    return withheld('is no JSON that has one reading');
  }
}

function keepEvent(
  event: SseEvent,
  keep: (text: string) => string | undefined,
  endpoint: McpEndpoint,
  request: AgentRequest,
): Buffer {
  const { type, data, raw } = event;
  if (data === undefined || data === '') return raw;
  if (type === 'endpoint' && endpoint.transport === 'sse') {
    const place = readMessagePlace(data, endpoint, request.provider !== undefined);
    return place === data ? raw : formatEvent(event, place);
  }
  const kept = keep(data);
  return kept === data ? raw : formatEvent(event, kept);
}

function streamed(chunks: AsyncGenerator<Buffer>): Readable {
  return Readable.from(chunks, { objectMode: false });
}

const lineFeed = Buffer.from('\n');

async function* eventsOf(
  content: Readable,
  head: ResponseHead,
  change: (event: SseEvent) => Buffer,
): AsyncGenerator<Buffer> {
  refuseCoding(head);
  const reader = createSseReader(limit, tooLarge);
  for await (const chunk of content as AsyncIterable<Buffer>) {
    const events = reader.read(chunk).map(change);
    if (events.length > 0) yield Buffer.concat(events);
  }
  const end = reader.rest();
  // What no blank line ends is no event; the second half of a line's end is all that may go on.
  if (end.equals(lineFeed)) yield end;
}

async function* whole(
  content: Readable,
  head: ResponseHead,
  change: (text: string) => string | undefined,
): AsyncGenerator<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of content as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > limit) throw tooLarge();
    chunks.push(chunk);
  }
  if (size === 0) return;
  refuseCoding(head);
  const bytes = Buffer.concat(chunks);
  const text = bytes.toString('utf8');
  const kept = change(text);
  if (kept !== undefined) yield kept === text ? bytes : Buffer.from(kept);
}

function refuseCoding({ headers }: ResponseHead): void {
  const coding = getHeaders(headers, 'content-encoding').join();
  if (/^(?:identity)?$/i.test(coding)) return;
  throw new PaiError(
    'upstream_protocol',
    `the server's answer is encoded as ${printable(coding)} although that was not asked for`,
  );
}

function tooLarge(): PaiError {
  return new PaiError(
    'upstream_protocol',
    `the server's message is larger than the ${limit} bytes that can be judged`,
  );
}
