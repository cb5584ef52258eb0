import { getHeaders, type RawHeaders } from '@pai/core';
import type { CheckedInput, Finding, Problem } from './check.ts';
import { findDifference } from './compare.ts';
import { type Forwarded, forwardWithOurs } from './forward-ours.ts';
import { inTurns } from './in-turns.ts';
import { justify } from './justified.ts';
import { requestHost } from './make-request.ts';
import type { Input, Reader, Reading, ReadMessage } from './reading.ts';

interface Sent {
  readonly finding: Finding;
  readonly forwarded: Forwarded;
  /** What every reader must make of it. */
  readonly expected: Reading;
}

/** Sends the requests of `inputs` on, and adds to `findings` what `readers` do not read as the one request that was judged. */
export async function checkForwarding(
  inputs: readonly CheckedInput[],
  findings: readonly Finding[],
  readers: readonly Reader[],
): Promise<void> {
  const sent: Sent[] = [];
  const send = async (input: Input, finding: Finding) => {
    const { messages } = finding.ours;
    const served = await forwardWithOurs(input, finding.ours);
    const note = (sentence: string) => finding.problems.push({ by: 'connection', sentence });
    if (served.isStuck) note('it did not end');
    if (served.requests !== messages.length && !isLast(messages[served.requests - 1]))
      note(`${messages.length} requests came to be ${served.requests}`);
    finding.forwarded = served.forwarded.length;
    for (const forwarded of served.forwarded) {
      const message = messages[forwarded.index];
      if (message === undefined) continue;
      const invented = findInvented(forwarded.request.headers, message.fields);
      if (invented !== undefined) note(`the field ${invented} is not the agent's`);
      sent.push({ finding, forwarded, expected: expect(forwarded, message) });
    }
  };
  const pairs = inputs.flatMap((input, i) => {
    const finding = findings[i] as Finding;
    const hasRequest = finding.ours.messages.some(({ isRefused }) => isRefused !== true);
    return input.isForwarded && input.kind === 'request' && hasRequest ? [[input, finding] as const] : [];
  });
  await inTurns(pairs, 32, ([input, finding]) => send(input, finding));
  await Promise.all(readers.map((reader) => readBack(reader, sent)));
}

async function readBack(reader: Reader, sent: readonly Sent[]): Promise<void> {
  if (!reader.kinds.includes('request')) return;
  const questions = sent.map(({ forwarded: { text } }): Input => {
    return { kind: 'request', method: '', text, cuts: text.length > 1 ? [text.length - 1] : [] };
  });
  const readings = await reader.read(questions);
  for (const [i, { finding, expected, forwarded }] of sent.entries()) {
    const theirs = readings[i] as Reading;
    const difference = differenceOf(expected, theirs, reader.hides);
    if (difference === undefined || justify(reader.name, difference) !== undefined) continue;
    const { sentence } = difference;
    const problem: Problem = { by: `${reader.name} after Pai`, sentence, theirs, forwarded: forwarded.text };
    finding.problems.push(problem);
  }
}

/** Of a request that was cut off, any part may have gone up, but nothing else. */
function differenceOf(expected: Reading, theirs: Reading, hides: Reader['hides']) {
  const [message] = expected.messages;
  const [their] = theirs.messages;
  if (expected.ending === 'complete' || message === undefined) return findDifference(expected, theirs, hides);
  if (their === undefined && theirs.ending !== 'refused') return undefined;
  if (their?.isWhole === true)
    return { message, sentence: 'a request that was cut off is read as a whole one' };
  const part = { ...message, body: their?.body ?? '' };
  if (!message.body.startsWith(part.body))
    return { message, sentence: 'the content is not the one that came' };
  return findDifference({ ...expected, messages: [part] }, theirs, hides);
}

/** The message that goes up for `message`. */
function expect({ request, text }: Forwarded, { start, body, isWhole }: ReadMessage): Reading {
  const [method = '', target = ''] = start.split(' ');
  const path = target.replace(/^https:\/\/[^/?#]*/i, '') || '/';
  const isKept = (name: string | undefined) => !writtenAnew.has(name?.toLowerCase() ?? '');
  const fields = [
    'Host',
    requestHost,
    ...request.headers.filter((_, i) => isKept(request.headers[i - (i % 2)])),
  ];
  if (request.body.length === undefined) fields.push('Transfer-Encoding', 'chunked');
  else if (request.body.length > 0 || ['POST', 'PUT', 'PATCH'].includes(method))
    fields.push('Content-Length', String(request.body.length));
  const trailers = request.body.length === undefined && isWhole ? [...request.body.trailers()] : [];
  const whole = isWhole ? { end: text.length } : {};
  const message = { start: `${method} ${path} HTTP/1.1`, fields, body, trailers, isWhole, ...whole };
  return { messages: [message], ending: isWhole ? 'complete' : 'incomplete' };
}

const writtenAnew = new Set(['host', 'content-length', 'transfer-encoding']);

/** The first field in `up` that is neither in `down`, in its order, nor Pai's own. */
function findInvented(up: RawHeaders, down: RawHeaders): string | undefined {
  let at = 0;
  for (let i = 0; i < up.length; i += 2) {
    const [name, value] = [up[i], up[i + 1]];
    if (name === 'te' || (name === 'Authorization' && value === 'Bearer real')) continue;
    while (at < down.length && !(down[at] === name && down[at + 1] === value)) at += 2;
    if (at >= down.length) return name;
    at += 2;
  }
  return undefined;
}

/** An agent that was not told to continue may send its content or not, so that its connection ends there. */
function isLast(message: ReadMessage | undefined): boolean {
  return message !== undefined && getHeaders(message.fields, 'expect')[0]?.toLowerCase() === '100-continue';
}
