import { chunk, makeContent, plainFieldLines } from './message-text.ts';
import type { Random } from './random.ts';

/** The host that the generated requests are for. */
export const requestHost = 'api.example.com';

const methods = ['GET', 'GET', 'GET', 'HEAD', 'POST', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;
const rareMethods = [
  'TRACE',
  'CONNECT',
  'PROPFIND',
  'M-SEARCH',
  'REPORT',
  'QUERY',
  'PURGE',
  'FOO',
  'get',
  'X!y',
  'PRI',
  'SOURCE',
  'DESCRIBE',
] as const;

const targets = [
  '/',
  '/a/b',
  '/a/b?c=d&e',
  '/%20%2F/x',
  '/~u/(x);p=1',
  '/a//b',
  '/?',
  '/a:b@c',
  "/!$&'*+,-.=_",
  '/[x]',
  '/{x}|^`"<>',
] as const;
const rareTargets = [
  `https://${requestHost}/a`,
  `https://${requestHost}`,
  `HTTPS://${requestHost.toUpperCase()}:443/x?y`,
  `http://${requestHost}/a`,
  `https://user@${requestHost}/`,
  'https://evil.example/',
  '*',
  `${requestHost}:443`,
  `//${requestHost}/a`,
  '/a#b',
  '/a\\b',
  '/%zz',
  '/%',
  '/\xe9',
  'a/b',
  '?x',
  '',
] as const;

/** One request, right in all that the grammar asks (RFC 9112) but for a rare method or target. */
export function makeRequest(random: Random): string {
  const method = random.chance(4) ? random.pick(rareMethods) : random.pick(methods);
  const target = random.chance(8) ? random.pick(rareTargets) : random.pick(targets);
  const hasContent = method.startsWith('P') || random.chance(10);
  const lines = plainFieldLines(random);
  if (random.chance(5))
    lines.push(
      random.pick(['Connection: keep-alive', 'connection: close', 'TE: trailers', 'Expect: 100-continue']),
    );
  lines.splice(random.chance(80) ? 0 : random.below(lines.length + 1), 0, hostLine(random));
  let body = '';
  if (hasContent) {
    const content = makeContent(random);
    const isChunked = random.chance(55);
    const framing = isChunked
      ? codingLine(random)
      : `${random.chance(80) ? 'Content-Length' : 'content-length'}: ${content.length}`;
    body = isChunked ? chunk(content, random) : content;
    lines.splice(random.below(lines.length + 1), 0, framing);
  }
  return `${method} ${target} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n${body}`;
}

function hostLine(random: Random): string {
  if (random.chance(90)) return `Host: ${requestHost}`;
  return random.pick([
    `host:${requestHost}`,
    `HOST: ${requestHost}:443`,
    `Host: ${requestHost.toUpperCase()} `,
    `Host: ${requestHost}.`,
  ]);
}

function codingLine(random: Random): string {
  if (random.chance(85)) return 'Transfer-Encoding: chunked';
  return random.pick([
    'transfer-encoding:chunked',
    'Transfer-Encoding: Chunked',
    'TRANSFER-ENCODING:\tCHUNKED ',
  ]);
}
