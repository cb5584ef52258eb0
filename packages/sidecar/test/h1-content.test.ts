import { setTimeout as delay } from 'node:timers/promises';
import { PaiError } from '@pai/core';
import { expect, test } from 'vitest';
import { createH1Content } from '../src/agent/h1-content.ts';
import { spoolBody } from '../src/spool.ts';

const gone = new PaiError('malformed_request', 'the agent has gone');

/** Content of five bytes whose connection has `waiting` when it is first asked for. */
function contentOf(waiting: string) {
  let isRead = false;
  const content = createH1Content(
    { kind: 'length', length: 5 },
    {
      onOpen: () => {},
      pause: () => {},
      resume() {
        if (!isRead) content.feed(Buffer.from(waiting));
        isRead = true;
      },
    },
  );
  return content;
}

test.each([
  ['at once', (content: ReturnType<typeof contentOf>) => content.body.bytes(100)],
  ['to be kept', (content: ReturnType<typeof contentOf>) => spoolBody(content.body, () => {})],
])('content that is asked for %s after its agent has gone has an end', async (_name, ask) => {
  const content = contentOf('hel');
  content.fail(gone);
  const ended = ask(content).then(
    () => 'whole',
    () => 'cut off',
  );
  expect(await Promise.race([ended, delay(1_000, 'not ended')])).toBe('cut off');
});

test('content that is all here is given, though its agent has gone', async () => {
  const content = contentOf('hello');
  content.fail(gone);
  expect((await content.body.bytes(100)).toString()).toBe('hello');
});
