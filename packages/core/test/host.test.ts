import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  formatAuthority,
  matchHost,
  parseAuthority,
  parseHostPattern,
  printable,
  rememberHosts,
} from '../src/host.ts';

test.each([
  ['api.github.com', 'api.github.com', 443],
  ['API.GitHub.com', 'api.github.com', 443],
  ['api.github.com.', 'api.github.com', 443],
  ['api.github.com:443', 'api.github.com', 443],
  ['api.github.com:0443', 'api.github.com', 443],
  ['api.github.com.:443', 'api.github.com', 443],
  ['api.github.com:8443', 'api.github.com', 8443],
  ['xn--bcher-kva.example', 'xn--bcher-kva.example', 443],
  ['_dmarc.example', '_dmarc.example', 443],
  ['localhost', 'localhost', 443],
  ['127.0.0.1:80', '127.0.0.1', 80],
  ['[::1]:8443', '[::1]', 8443],
  ['[2001:DB8::1]', '[2001:db8::1]', 443],
])('A6: %s is read as %s on %i', (text, host, port) => {
  expect(parseAuthority(text, 443)).toEqual({ host, port });
});

test.each([
  ['nothing', ''],
  ['a list', 'api.github.com, evil.example'],
  ['userinfo', 'a@api.github.com'],
  ['userinfo with a password', 'a:b@api.github.com'],
  ['a path', 'api.github.com/x'],
  ['a query', 'api.github.com?x'],
  ['a fragment', 'api.github.com#x'],
  ['a backslash', 'api.github.com\\@evil.example'],
  ['a space', 'api.github.com evil'],
  ['a space in front', ' api.github.com'],
  ['a space after', 'api.github.com '],
  ['a tab', 'api.github.com\t'],
  ['NUL', 'api.github.com\0.evil.example'],
  ['CR LF', 'api.github.com\r\nX: y'],
  ['LF at the end', 'api.github.com\n'],
  ['Unicode', 'bücher.example'],
  ['a full-width dot', 'api．github.com'],
  ['a Kelvin sign', 'api.github.com\u212a'],
  ['percent-encoding', 'api%2egithub.com'],
  ['two trailing dots', 'api.github.com..'],
  ['an empty label', 'api..github.com'],
  ['a leading dot', '.github.com'],
  ['a wildcard', '*.github.com'],
  ['port 0', 'api.github.com:0'],
  ['port 65536', 'api.github.com:65536'],
  ['an empty port', 'api.github.com:'],
  ['a signed port', 'api.github.com:+443'],
  ['a hexadecimal port', 'api.github.com:0x1bb'],
  ['six digits of port', 'api.github.com:000443'],
  ['two ports', 'api.github.com:443:443'],
  ['IPv6 without brackets', '2001:db8::1'],
  ['IPv6 with a zone', '[fe80::1%25eth0]'],
  ['an open bracket', '[::1'],
  ['a name longer than DNS allows', `${'a.'.repeat(140)}example`],
])('A5, A7: %s is not one host', (_, text) => {
  expect(() => parseAuthority(text, 443)).toThrow(
    expect.objectContaining({ code: 'malformed_request', status: 400 }),
  );
});

test.each([
  ['*.example.com', 'x.example.com', 2],
  ['*.example.com', 'example.com', 0],
  ['*.example.com', 'evilexample.com', 0],
  ['*.example.com', 'x.example.com.evil.com', 0],
  ['*.example.com', 'a.b.example.com', 0],
  ['*.example.com', 'x.example.com:8443', 0],
  ['*.example.com:8443', 'x.example.com:8443', 2],
  ['**.example.com', 'x.example.com', 1],
  ['**.example.com', 'a.b.c.example.com', 1],
  ['**.example.com', 'example.com', 0],
  ['**.example.com', 'evilexample.com', 0],
  ['**.example.com', 'x.example.com.evil.com', 0],
  ['**.example.com', 'x.example.com:80', 0],
  ['**.example.com:80', 'x.example.com:80', 1],
  ['example.com', 'example.com', 3],
  ['example.com', 'EXAMPLE.com.', 3],
  ['Example.COM', 'example.com', 3],
  ['example.com', 'example.com:443', 3],
  ['example.com', 'example.com:444', 0],
  ['example.com:444', 'example.com:444', 3],
  ['example.com', 'x.example.com', 0],
  ['example.com', 'examplexcom', 0],
] as const)('A15: the pattern %s on %s fits %i', (pattern, authority, fit) => {
  expect(matchHost(parseHostPattern(pattern), parseAuthority(authority, 443))).toBe(fit);
});

test.each([
  '',
  '*',
  '*.',
  '**',
  '**.',
  '***.example.com',
  '*.**.example.com',
  '*.*.example.com',
  'a.*.example.com',
  'a*.example.com',
  'https://a.example',
])('%j is not a host pattern', (text) => {
  expect(() => parseHostPattern(text)).toThrow(expect.objectContaining({ code: 'config_invalid' }));
});

test.each(['a.example/x', 'a.example:0', 'a.example:99999', 'a..example', 'a b', 'user@a.example', '[::1]'])(
  '%j is not a host pattern either',
  (text) => {
    expect(() => parseHostPattern(text)).toThrow(expect.objectContaining({ code: 'config_invalid' }));
  },
);

test('only a host that is named in full may resolve to a private address', () => {
  expect(parseHostPattern('git.corp.example')).toMatchObject({ isPrivateAllowed: true, port: 443 });
  expect(parseHostPattern('*.corp.example:8443')).toMatchObject({ isPrivateAllowed: false, port: 8443 });
});

test('an authority is shown with its port only where that is not 443', () => {
  expect(formatAuthority({ host: 'a.example', port: 443 })).toBe('a.example');
  expect(formatAuthority({ host: 'a.example', port: 80 })).toBe('a.example:80');
});

test('text of an agent is repeated as a short line of printable ASCII', () => {
  expect(printable('a\r\n\0é"')).toBe('"a????\\""');
  expect(printable('x'.repeat(500)).length).toBeLessThan(90);
});

test('what is read as an authority reads the same again', () => {
  const label = fc.stringMatching(/^[A-Za-z0-9]([A-Za-z0-9-]{0,10}[A-Za-z0-9])?$/);
  fc.assert(
    fc.property(
      fc.array(label, { minLength: 1, maxLength: 5 }),
      fc.integer({ min: 1, max: 65_535 }),
      (labels, port) => {
        const read = parseAuthority(`${labels.join('.')}:${port}`, 1);
        expect(read).toEqual({ host: labels.join('.').toLowerCase(), port });
        expect(parseAuthority(formatAuthority(read), 443)).toEqual(read);
      },
    ),
  );
});

test('whatever the text, the host that is read holds nothing that could end it', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (text) => {
      try {
        expect(parseAuthority(text, 443).host).toMatch(/^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)$/);
      } catch (thrown) {
        expect(thrown).toMatchObject({ code: 'malformed_request' });
      }
    }),
    { numRuns: 1_000 },
  );
});

test('a host is read once, also one that nothing is known of', () => {
  const read: string[] = [];
  const endpointOf = rememberHosts((host) => {
    read.push(host);
    return host.startsWith('a') ? host.length : undefined;
  });
  expect(['a1', 'b', 'a1', 'b', 'a'].map(endpointOf)).toEqual([2, undefined, 2, undefined, 1]);
  expect(read).toEqual(['a1', 'b', 'a']);
});

test('agents cannot fill the memory with names', () => {
  let count = 0;
  const endpointOf = rememberHosts((host) => {
    count += 1;
    return host;
  });
  for (let i = 0; i < 501; i += 1) endpointOf(`h${i}`);
  endpointOf('h500');
  expect(count).toBe(501);
  endpointOf('h0');
  expect(count).toBe(502);
});
