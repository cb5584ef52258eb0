import type { RequestText } from '@pai/core/conformance';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bot, createJudge } from './bot.ts';

const chats = ['42', '-1001'];
const judge = createJudge({ scope: { chats } });

/** Name and value as the service has them after decoding. */
type Argument = readonly [name: string, value: string];

interface Placed {
  readonly query: readonly Argument[];
  readonly content: readonly Argument[];
  readonly kind: 'none' | 'form' | 'json' | 'multipart';
  /** Letters of names are escaped wherever the encoding has a way to. */
  readonly isEscaped: boolean;
}

const value = fc.constantFrom('42', '-1001', '7', '@other', '042', ' 42', '');
const reply = fc.constantFrom(
  '{"message_id":1}',
  '{"chat_id":7}',
  '{"chat_id":42}',
  '{"chat_id":"7","chat_id":42}',
);
const argument: fc.Arbitrary<Argument> = fc.oneof(
  { weight: 4, arbitrary: fc.tuple(fc.constantFrom('chat_id', 'from_chat_id'), value) },
  { weight: 1, arbitrary: fc.tuple(fc.constantFrom('Chat_Id', 'chat_id[]', 'chat_id '), value) },
  { weight: 1, arbitrary: fc.tuple(fc.constant('reply_parameters'), reply) },
  {
    weight: 2,
    arbitrary: fc.tuple(
      fc.constantFrom('text', 'caption'),
      fc.constantFrom('hello', 'chat_id=7', '{"chat_id":7}'),
    ),
  },
);
const placed: fc.Arbitrary<Placed> = fc.record({
  query: fc.array(argument, { maxLength: 2 }),
  content: fc.array(argument, { maxLength: 3 }),
  kind: fc.constantFrom('none', 'form', 'json', 'multipart'),
  isEscaped: fc.boolean(),
});

const hex = (text: string) =>
  [...Buffer.from(text)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');

function formOf(args: readonly Argument[], isEscaped: boolean): string {
  const name = isEscaped ? hex : encodeURIComponent;
  return args.map(([key, text]) => `${name(key)}=${encodeURIComponent(text)}`).join('&');
}

function jsonOf(args: readonly Argument[], isEscaped: boolean): string {
  const unicode = (text: string) =>
    text.replace(/[a-z]/gi, (letter) => `\\u00${letter.charCodeAt(0).toString(16)}`);
  const key = (name: string) => (isEscaped ? `"${unicode(name)}"` : JSON.stringify(name));
  // Numbers and objects stand bare, as SDKs write them.
  const plain = (text: string) => (/^(?:-?[1-9]\d*|\{.*)$/s.test(text) ? text : JSON.stringify(text));
  return `{${args.map(([name, text]) => `${key(name)}:${plain(text)}`).join(',')}}`;
}

function multipartOf(args: readonly Argument[], isEscaped: boolean): string {
  const header = isEscaped ? 'content-DISPOSITION:form-data;name=' : 'Content-Disposition: form-data; name=';
  return `${args.map(([name, text]) => `--b\r\n${header}"${name}"\r\n\r\n${text}\r\n`).join('')}--b--\r\n`;
}

function requestOf({ query, content, kind, isEscaped }: Placed): RequestText {
  const url = `${bot}/copyMessage?${formOf(query, isEscaped)}`;
  if (kind === 'none') return { url };
  const written = {
    form: ['application/x-www-form-urlencoded', formOf(content, isEscaped)],
    json: ['application/json', jsonOf(content, isEscaped)],
    multipart: ['multipart/form-data; boundary=b', multipartOf(content, isEscaped)],
  } as const;
  const [type, body] = written[kind];
  return { method: 'POST', url, headers: { 'content-type': type }, body };
}

/** What the service goes by: the query before the content, and of several the first, by the very name. */
function goesBy(args: readonly Argument[]): string[] {
  const first = (name: string) => args.find(([key]) => key === name)?.[1];
  const inReply = /"chat_id":"?(-?\d+)"?/.exec(first('reply_parameters') ?? '')?.[1];
  return [first('chat_id'), first('from_chat_id'), inReply].filter((chat) => chat !== undefined);
}

test('T4 what is inside a scope is inside wherever its arguments stand, as the service reads them', async () => {
  const seen = { inside: 0, outside: 0, unresolved: 0 };
  await fc.assert(
    fc.asyncProperty(placed, async (where) => {
      const { event } = await judge(requestOf(where));
      const all = [...where.query, ...(where.kind === 'none' ? [] : where.content)];
      const named = goesBy(all);
      if (event.decision === 'allow') {
        seen.inside += 1;
        expect(named.length).toBeGreaterThan(0);
        for (const chat of named) expect(chats).toContain(chat);
        return;
      }
      if (event.rule === 'unresolved') seen.unresolved += 1;
      else seen.outside += 1;
      // One plain argument of each name, all inside: nothing speaks against it.
      const names = all.map(([name]) => name);
      const isPlain = new Set(names).size === names.length && !names.some((name) => /[A-Z[ ]/.test(name));
      if (isPlain && names.includes('chat_id'))
        expect(chats).not.toEqual(expect.arrayContaining([...new Set(named)]));
    }),
    { numRuns: 3_000 },
  );
  for (const count of Object.values(seen)) expect(count).toBeGreaterThan(30);
});
