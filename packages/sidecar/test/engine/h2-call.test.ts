import http2 from 'node:http2';
import { duplexPair } from 'node:stream';
import { bodyOf } from '@pai/core';
import { expect, onTestFinished, test } from 'vitest';
import type { ResponseSink } from '../../src/upstream/call.ts';
import { startH2Call } from '../../src/upstream/h2-call.ts';
import { formatH2Head } from '../../src/upstream/h2-head.ts';
import {
  createFrameReader,
  data,
  endStream,
  frameTypes,
  headers,
  settings,
  settingsAck,
} from './h2-frames.ts';

test('content that Node gives before the head it came with still follows that head', async () => {
  const [near, far] = duplexPair();
  const session = http2.connect('http://service.invalid', { createConnection: () => near });
  onTestFinished(() => session.destroy());
  const read = createFrameReader(({ type, id }) => {
    if (type !== frameTypes.DATA) return;
    const answer = [headers(id, [[':status', '200']]), data(id, 'all of it', endStream)];
    setImmediate(() => far.write(Buffer.concat(answer)));
  });
  far.on('data', read).write(Buffer.concat([settings(), settingsAck]));
  const heard: string[] = [];
  const request = {
    method: 'POST',
    host: 'service.invalid',
    port: 443,
    target: '/',
    headers: [],
    body: bodyOf('x'),
  };
  await new Promise<void>((resolve, reject) => {
    const unwanted = () => reject(new Error('neither is sent'));
    const sink: ResponseSink = {
      onInterim: unwanted,
      onSwitch: unwanted,
      onHead: ({ status }) => void heard.push(String(status)),
      onData: (chunk) => heard.push(String(chunk)) > 0,
      onEnd: () => resolve(),
      onError: reject,
    };
    const events = { onSign: () => {}, onClose: () => {} };
    const call = startH2Call(session, request, formatH2Head(request), sink, events);
    call.write(Buffer.from('x'));
    call.end([]);
  });
  expect(heard).toEqual(['200', 'all of it']);
});
