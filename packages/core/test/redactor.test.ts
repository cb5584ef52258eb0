import { createRedactor, type RawHeaders, Secret } from '@pai/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formsOf, isSearchable } from '../src/redact-forms.ts';

const redactorOf = (...values: string[]) => {
  const secrets = values.map((value) => new Secret('test/token', value, { multiline: true }));
  return createRedactor(() => secrets);
};

/** `text` through a redactor in the given pieces. */
function redact(redactor: ReturnType<typeof redactorOf>, pieces: readonly (string | Buffer)[]) {
  const content = redactor.content();
  const out = pieces.map((piece) => Buffer.from(content.push(Buffer.from(piece))));
  const text = Buffer.concat([...out, content.end()]).toString('latin1');
  return { text, count: content.count() };
}

const secret = 'sk/canary+5e7a1b=&<"q\'~ \\z';
const maskOf = (text: string) => `redacted${'x'.repeat(text.length - 8)}`;
const base64 = (text: string) => Buffer.from(text).toString('base64');

/** What services, frameworks and proxies make of a credential, each by its own means. */
const echoes: [string, string][] = [
  ['as it is', secret],
  ['in JSON', JSON.stringify(secret).slice(1, -1)],
  ['in JSON of PHP', JSON.stringify(secret).slice(1, -1).replaceAll('/', '\\/')],
  ['in JSON of Go', 'sk/canary+5e7a1b=\\u0026\\u003c\\"q\'~ \\\\z'],
  ['in JSON of .NET', 'sk/canary\\u002B5e7a1b=\\u0026\\u003C\\u0022q\\u0027~ \\\\z'],
  ['in JSON of Gson', 'sk/canary+5e7a1b\\u003d\\u0026\\u003c\\"q\\u0027~ \\\\z'],
  ['in JSON, every character escaped', [...secret].map((c) => `\\u${hex4(c)}`).join('')],
  [
    'in JSON, every character escaped, upper case',
    [...secret].map((c) => `\\u${hex4(c).toUpperCase()}`).join(''),
  ],
  ['in a URL', encodeURIComponent(secret)],
  ['in a URL, lower case', encodeURIComponent(secret).replace(/%../g, (found) => found.toLowerCase())],
  ['in a form', new URLSearchParams({ a: secret }).toString().slice(2)],
  ['in a URL, every character escaped', [...secret].map((c) => `%${hex4(c).slice(2)}`).join('')],
  ['in HTML', 'sk/canary+5e7a1b=&amp;&lt;&quot;q&#39;~ \\z'],
  ['in a path of Python', 'sk/canary%2B5e7a1b%3D%26%3C%22q%27~%20%5Cz'],
  ['in a path of Go', 'sk%2Fcanary+5e7a1b=&%3C%22q%27~%20%5Cz'],
  ['in HTML of Go', 'sk/canary&#43;5e7a1b=&amp;&lt;&#34;q&#39;~ \\z'],
  ['in HTML of Handlebars', 'sk/canary+5e7a1b&#x3D;&amp;&lt;&quot;q&#x27;~ \\z'],
  ['in HTML of Mustache', 'sk&#x2F;canary+5e7a1b&#x3D;&amp;&lt;&quot;q&#39;~ \\z'],
  ['in hexadecimal', Buffer.from(secret).toString('hex')],
  ['in upper-case hexadecimal', Buffer.from(secret).toString('hex').toUpperCase()],
  [
    'in hexadecimal with spaces',
    [...Buffer.from(secret)].map((byte) => byte.toString(16).padStart(2, '0')).join(' '),
  ],
];

function hex4(character: string): string {
  return character.charCodeAt(0).toString(16).padStart(4, '0');
}

describe('a redactor', () => {
  test.each(echoes)('masks a credential %s with a mask of its length', (_where, echo) => {
    const { text, count } = redact(redactorOf(secret), [`{"echo":"${echo}"}`]);
    expect(text).toBe(`{"echo":"${maskOf(echo)}"}`);
    expect(count).toBe(1);
  });

  test('masks a token that is made while content streams', () => {
    let secrets: readonly Secret[] = [];
    const content = createRedactor(() => secrets).content();
    const push = (text: string) => content.push(Buffer.from(text)).toString();
    const tokens = ['token-one-0123456789', 'token-two-0123456789'];
    const seen = tokens.map((token) => {
      secrets = [...secrets, new Secret('test/token', token)];
      return push(`${token} token`) + push('.');
    });
    expect(seen).toEqual(tokens.map((token) => `${maskOf(token)} token.`));
    expect(content.count()).toBe(2);
  });

  test.each(['', 'u', 'us', 'use', 'x-access-token'])('masks it in base64 after the user %j', (user) => {
    const pair = base64(`${user}:${secret}`);
    for (const form of [pair, pair.replaceAll('+', '-').replaceAll('/', '_'), encodeURIComponent(pair)]) {
      const { text, count } = redact(redactorOf(secret), [`Basic ${form} end`]);
      expect(count).toBe(1);
      expect(text).toHaveLength(form.length + 10);
      const [, left = ''] = /^Basic (.*) end$/.exec(text) ?? [];
      expect(Buffer.from(decodeURIComponent(left), 'base64').toString('latin1')).not.toMatch(
        /canary|5e7a|~ /,
      );
    }
  });

  test.each(echoes)('finds it %s across every boundary of chunks, also of single bytes', (_where, echo) => {
    const redactor = redactorOf(secret);
    const whole = `a${echo}z`;
    for (let cut = 0; cut <= whole.length; cut += 1)
      expect(redact(redactor, [whole.slice(0, cut), whole.slice(cut)]).text).toBe(`a${maskOf(echo)}z`);
    expect(redact(redactor, [...whole])).toEqual({ text: `a${maskOf(echo)}z`, count: 1 });
  });

  test.each(['', 'u', 'us'])('masks it in base64 whose plus signs are escaped, after the user %j', (user) => {
    const value = '~>~>canary?>~>~>~>';
    const pair = base64(user + value);
    expect(pair).toContain('+');
    for (const plus of ['%2B', '\\u002B', '&#43;'])
      expect(redact(redactorOf(value), [pair.replaceAll('+', plus)]).count).toBe(1);
  });

  test('passes on what holds nothing as the very chunk, without a copy', () => {
    const chunk = Buffer.from('event: ping\ndata: {"a": "canary"}\n\n');
    const content = redactorOf(secret).content();
    expect(content.push(chunk)).toBe(chunk);
    expect(content.held()).toBe(0);
  });

  test('keeps back what a credential may go on from, whether it is the beginning of one or not, and gives it back at the end', () => {
    for (const guess of [secret.slice(0, 9), 'no/guess9', secret.slice(0, 4), '9999', 's']) {
      const content = redactorOf(secret).content();
      expect(content.push(Buffer.from(`one line\n${guess}`)).toString()).toBe('one line\n');
      expect(content.held()).toBe(guess.length);
      expect(content.push(Buffer.from(' on\n')).toString()).toBe(`${guess} on\n`);
      expect(content.push(Buffer.from(guess)).toString()).toBe('');
      expect(content.end().toString()).toBe(guess);
      expect(content.count()).toBe(0);
    }
  });

  test('masks a credential that is whole in what it keeps back, once', () => {
    const content = redactorOf(secret).content();
    content.push(Buffer.from(`a${secret}zz`));
    expect(content.count()).toBe(1);
    expect(content.release().toString()).toBe(`a${maskOf(secret)}zz`);
    expect(content.push(Buffer.from('\n')).toString()).toBe('\n');
    expect(content.count()).toBe(1);
  });

  test('lets a beginning go on when told to, and still masks the rest', () => {
    const content = redactorOf(secret).content();
    content.push(Buffer.from('sk/'));
    expect(content.release().toString()).toBe('sk/');
    expect(content.held()).toBe(0);
    const rest = content.push(Buffer.from(`${secret.slice(3)}!`)).toString();
    expect(rest).toBe(`${maskOf(secret).slice(3)}!`);
    expect(content.count()).toBe(1);
  });

  test('masks in header names and values, and keeps their number', () => {
    const headers: RawHeaders = [
      'Location',
      `/?k=${encodeURIComponent(secret)}`,
      'X-Long',
      'y'.repeat(9_000),
    ];
    headers.push('Set-Cookie', `a=${secret}; b=${base64(secret)}`);
    expect(redactorOf(secret).headers(headers)).toBe(3);
    expect(headers).toHaveLength(6);
    expect(headers[1]).toBe(`/?k=${maskOf(encodeURIComponent(secret))}`);
    expect(headers[5]).toContain(`a=${maskOf(secret)}; b=redacted`);
    const clean = ['A', 'ü'];
    expect(redactorOf(secret).headers(clean)).toBe(0);
    expect(clean).toEqual(['A', 'ü']);
  });

  test('takes a new list of credentials into account, and has none to find in an empty one', () => {
    let list: Secret[] = [];
    const redactor = createRedactor(() => list);
    expect(redact(redactor, ['minted-token-1'])).toEqual({ text: 'minted-token-1', count: 0 });
    list = [new Secret('a', 'minted-token-1')];
    expect(redact(redactor, ['minted-token-1']).count).toBe(1);
    list = [new Secret('a', 'minted-token-1'), new Secret('a', 'minted-token-2')];
    expect(redact(redactor, ['minted-token-1 minted-token-2']).count).toBe(2);
  });

  test('does not search for what is too short', () => {
    expect(isSearchable('1234567')).toBe(false);
    expect(redact(redactorOf('1234567'), ['1234567'])).toEqual({ text: '1234567', count: 0 });
    expect(isSearchable('12345678')).toBe(true);
  });

  test('searches for a token that stands in a file with a line break at its end', () => {
    expect(redact(redactorOf('short-token\n'), ['<short-token>']).text).toBe('<redactedxxx>');
  });

  test('searches for every long line of a private key, and for a JSON file with one', () => {
    const lines = [
      'MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7',
      'VJTUt9Us8cKjMzEfYyjiWA4R4/M2bS1GB4t7NXp98C3SC6dVMvDu',
    ];
    const pem = `-----BEGIN PRIVATE KEY-----\n${lines.join('\n')}\n-----END PRIVATE KEY-----\n`;
    for (const held of [pem, JSON.stringify({ type: 'service_account', private_key: pem })]) {
      const { text } = redact(redactorOf(held), [`-----BEGIN PRIVATE KEY-----\n${lines[1]}\n${lines[0]}`]);
      expect(text).toBe(`-----BEGIN PRIVATE KEY-----\n${maskOf(lines[1] ?? '')}\n${maskOf(lines[0] ?? '')}`);
    }
  });
});

test.each(['{', '{"a":1}', '{      '])('%j is too short to be searched for', (value) => {
  expect(formsOf(value)).toEqual([]);
  expect(isSearchable(value)).toBe(false);
});

test('every form is at least 8 bytes long, has no line break, and there are few', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 8, maxLength: 60, unit: 'grapheme-ascii' }), (value) => {
      const forms = formsOf(value);
      expect(forms.length).toBeLessThan(60);
      for (const form of forms) {
        expect(form.length).toBeGreaterThanOrEqual(8);
        expect(form.includes('\n')).toBe(false);
      }
    }),
  );
});

test('what is clean is what would go on as it is', () => {
  const redactor = redactorOf(secret, 'AAAABBBBCCCC');
  const piece = fc.oneof(
    fc.string({ maxLength: 40 }),
    fc.constantFrom(secret, secret.slice(0, 9), 'AAAABBBBCCCC', 'AAAA'),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 6 }), (pieces) => {
      const text = pieces.join('');
      const content = redactor.content();
      const passed = content.push(Buffer.from(text));
      const isSame = content.count() === 0 && passed.length === Buffer.byteLength(text);
      expect(redactor.isClean(Buffer.from(text))).toBe(isSame);
    }),
  );
});

test('whatever stands in a field is found as it is in content', () => {
  const redactor = redactorOf(secret);
  const text = fc.string({
    maxLength: 60,
    unit: fc.integer({ min: 32, max: 255 }).map((code) => String.fromCharCode(code)),
  });
  fc.assert(
    fc.property(text, text, fc.boolean(), (before, after, isHeld) => {
      const headers = ['X-Echo', `${before}${isHeld ? secret : ''}${after}`];
      const kept = headers[1];
      expect(redactor.headers(headers)).toBe(isHeld ? 1 : 0);
      expect(headers[1] === kept).toBe(!isHeld);
    }),
  );
});

test('whatever the chunks, exactly the bytes that belong to a credential are masked', () => {
  const digits = (minLength: number, maxLength: number) =>
    fc.string({ unit: fc.constantFrom('0', '1'), minLength, maxLength });
  fc.assert(
    fc.property(
      fc.array(digits(8, 90), { minLength: 1, maxLength: 3 }),
      fc.array(fc.oneof(digits(0, 12), fc.constantFrom('2', '', 'first', 'second'), digits(0, 200)), {
        maxLength: 12,
      }),
      fc.array(fc.nat(40), { maxLength: 30 }),
      (values, parts, sizes) => {
        const whole = parts
          .map((part) => (part === 'first' ? values[0] : part === 'second' ? (values[1] ?? '') : part))
          .join('');
        const covered = [...whole];
        for (const value of values)
          for (let at = whole.indexOf(value); at !== -1; at = whole.indexOf(value, at + 1))
            covered.fill('#', at, at + value.length);
        const pieces: string[] = [];
        let rest = whole;
        for (const size of sizes) {
          pieces.push(rest.slice(0, size));
          rest = rest.slice(size);
        }
        const { text } = redact(redactorOf(...values), [...pieces, rest]);
        expect(text.replace(/[a-z]/g, '#')).toBe(covered.join(''));
      },
    ),
    { numRuns: 2_000 },
  );
});

test('in chunks of any size too, which are not copied to be joined', () => {
  const digits = (minLength: number, maxLength: number) =>
    fc.string({ unit: fc.constantFrom('0', '1'), minLength, maxLength });
  const part = fc.record({
    filling: fc.constantFrom('0', '1', '01', '2', '0000000000', '2 '),
    length: fc.oneof(fc.nat(60), fc.integer({ min: 16_300, max: 17_000 })),
    text: fc.oneof(fc.constantFrom('first', 'second'), digits(0, 60)),
    cut: fc.nat(90),
  });
  fc.assert(
    fc.property(
      fc.array(digits(8, 90), { minLength: 2, maxLength: 2 }),
      fc.array(part, { minLength: 1, maxLength: 6 }),
      (values, parts) => {
        let rest = '';
        const pieces: string[] = [];
        for (const { filling, length, text, cut } of parts) {
          const ending = text === 'first' ? values[0] : text === 'second' ? values[1] : text;
          rest += filling.repeat(length / filling.length);
          pieces.push(rest + ending?.slice(0, cut));
          rest = ending?.slice(cut) ?? '';
        }
        const whole = pieces.join('') + rest;
        const covered = Buffer.from(whole);
        for (const value of values)
          for (let at = whole.indexOf(value); at !== -1; at = whole.indexOf(value, at + 1))
            covered.fill('#', at, at + value.length);
        const { text } = redact(redactorOf(...values), [...pieces, rest]);
        expect(text.replace(/[a-z]/g, '#') === covered.toString()).toBe(true);
      },
    ),
    { numRuns: 400 },
  );
});

test('a large chunk that has to wait goes on as it is with the next one, or when told to', () => {
  const filling = 'one line\n'.repeat(2_000);
  const content = redactorOf(secret).content();
  const chunk = (text: string) => Buffer.from(`${filling}${text}`);
  const first = chunk(secret.slice(0, 9));
  expect(content.push(first).length).toBe(0);
  expect(content.push(chunk('word')).buffer).toBe(first.buffer);
  expect(content.release().toString()).toBe(`${filling}word`);
  expect(content.held()).toBe(0);
  expect(content.push(Buffer.from('s')).toString()).toBe('');
  expect(content.push(chunk(secret.slice(0, 9))).toString()).toBe('s');
  expect(content.push(Buffer.from(secret.slice(9))).toString()).toBe(filling);
  expect(content.push(Buffer.from('!\n')).toString()).toBe(`${maskOf(secret)}!\n`);
  expect(content.push(chunk('word')).length).toBe(0);
  expect(content.push(chunk('!\n')).toString()).toBe(`${filling}word${filling}!\n`);
  expect(content.held()).toBe(0);
  expect(content.count()).toBe(1);
});

test('another credential among many costs no more than itself', () => {
  const one = (i: number) => new Secret(`test/${i}`, `canary-${i}-`.repeat(120));
  /** What the next content costs with one credential more, of what it cost with all of them new. */
  const share = () => {
    let secrets = Array.from({ length: 60 }, (_, i) => one(i));
    const redactor = createRedactor(() => secrets);
    const took = () => {
      const start = performance.now();
      redactor.content();
      return performance.now() - start;
    };
    const first = took();
    secrets = [...secrets.slice(1), one(60)];
    const next = took();
    expect(redact(redactor, [`a${one(60).reveal()}z`]).count).toBe(1);
    return next / first;
  };
  // The least of some: whatever else the machine does only adds.
  expect(Math.min(...Array.from({ length: 10 }, share))).toBeLessThan(1 / 2);
});
