import { Readable } from 'node:stream';
import type { Pipeline } from '@pai/core';
import { requestFor } from '@pai/core/conformance';
import { describe, expect, test } from 'vitest';
import { createOpenStreams } from '../src/open-streams.ts';
import { attach, call, judge, post } from './mcp.ts';

const url = 'https://mcp.example.com/sse';
const older = () => attach({ mcp: { deniedTools: ['delete_issue'] } }, { mcp: { transport: 'sse', url } });

/** The stream of the older transport, whose server wants messages at `place`. */
async function listen(pipeline: Pipeline, place: string) {
  const outcome = await pipeline.judge(requestFor({ url }));
  if (outcome.kind !== 'forward') throw new Error(outcome.event.reason);
  const content = new Readable({ read: () => {} });
  const stream = outcome.filter?.({ status: 200, headers: ['content-type', 'text/event-stream'] })?.(content);
  if (stream === undefined) throw new Error('it has no filter');
  const chunks = stream[Symbol.asyncIterator]();
  const next = async () => String((await chunks.next()).value);
  content.push(`event: endpoint\ndata: ${place}\n\n`);
  await next();
  return { stream, content, next };
}

const denied = (place: string) =>
  post(call('delete_issue', {}, 7), { url: `https://mcp.example.com${place}` });

describe('a denial over the older transport (C8)', () => {
  test('comes in the stream that answers come in, as the server’s would', async () => {
    const pipeline = older();
    const { next, content } = await listen(pipeline, '/messages?s=1');
    expect(await judge(pipeline, denied('/messages?s=1'))).toMatchObject({ decision: 'deny', status: 202 });
    const error = { code: -32_602, message: 'Unknown tool: delete_issue' };
    expect(await next()).toBe(
      `event: message\ndata: ${JSON.stringify({ jsonrpc: '2.0', id: 7, error })}\n\n`,
    );
    content.push('data: {"jsonrpc":"2.0","id":8,"result":{}}\n\n');
    expect(await next()).toContain('"id":8');
  });

  test('comes to the message itself when there is no such stream, or it is over', async () => {
    const pipeline = older();
    expect(await judge(pipeline, denied('/messages?s=1'))).toMatchObject({ status: 403 });
    const { stream } = await listen(pipeline, '/messages?s=1');
    expect(await judge(pipeline, denied('/messages?s=2'))).toMatchObject({ status: 403 });
    stream.destroy();
    await new Promise((resolve) => stream.once('close', resolve));
    expect(await judge(pipeline, denied('/messages?s=1'))).toMatchObject({ status: 403 });
  });

  test('comes to the message itself when it asked for no answer', async () => {
    const pipeline = older();
    await listen(pipeline, '/messages');
    const told = post(
      { jsonrpc: '2.0', method: 'tools/call', params: { name: 'delete_issue' } },
      { url: 'https://mcp.example.com/messages' },
    );
    expect(await judge(pipeline, told)).toMatchObject({ status: 403 });
  });

  test('does not fill the memory for an agent that does not read', () => {
    const streams = createOpenStreams();
    streams.add('/m', new Readable({ read: () => {} }));
    const told = Array.from({ length: 100 }, () => streams.tell('/m', 'x'.repeat(1 << 16)));
    expect(told.filter(Boolean).length).toBeLessThan(20);
  });
});
