import { chunk, makeContent, plainFieldLines } from './message-text.ts';
import type { Random } from './random.ts';

const statusLines = [
  'HTTP/1.1 200 OK',
  'HTTP/1.1 200 OK',
  'HTTP/1.1 200 OK',
  'HTTP/1.1 200 ',
  'HTTP/1.1 201 Created',
  'HTTP/1.1 206 Partial Content',
  'HTTP/1.1 204 No Content',
  'HTTP/1.1 304 Not Modified',
  'HTTP/1.1 302 Found',
  'HTTP/1.1 404 Not Found',
  'HTTP/1.1 500 \xe9t\xe9',
  'HTTP/1.0 200 OK',
] as const;

const rareStatusLines = [
  'HTTP/1.1 200',
  'HTTP/1.1 205 Reset Content',
  'HTTP/1.1 599 Odd',
  'HTTP/1.1 600 Odd',
  'HTTP/1.1 099 Odd',
  'HTTP/1.1 000 Odd',
  'HTTP/1.1 99 Odd',
  'HTTP/1.1 1000 Odd',
  'HTTP/1.1 2OO OK',
  'HTTP/1.1 +20 OK',
  'HTTP/1.1  200 OK',
  'HTTP/1.1\t200 OK',
  'HTTP/1.1 200\tOK',
  'HTTP/1.1 200OK',
  'HTTP/1.1 101 Switching Protocols',
  'HTTP/1.1 100 Continue',
  'HTTP/1.2 200 OK',
  'HTTP/2.0 200 OK',
  'HTTP/2 200',
  'HTTP/0.9 200 OK',
  'http/1.1 200 OK',
  'ICY 200 OK',
  'HTTP/1.1 200 O\0K',
  'HTTP/1.1 200 O\rK',
  'HTTP/1.1 200 O\x7fK',
  'HTTP 200 OK',
  '',
] as const;

const interims = [
  'HTTP/1.1 100 Continue\r\n\r\n',
  'HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\n\r\n',
  'HTTP/1.1 102 Processing\r\n\r\n',
  'HTTP/1.1 100 Continue\r\nContent-Length: 5\r\n\r\n',
  'HTTP/1.1 103 E\r\nTransfer-Encoding: chunked\r\n\r\n',
  'HTTP/1.1 103 E\r\nContent-Length: 0\r\n\r\n',
  'HTTP/1.1 120 Odd\r\n\r\n',
  'HTTP/1.1 199 Odd\r\nContent-Length: 5\r\n\r\n',
  'HTTP/1.1 110 Odd\r\nTransfer-Encoding: chunked\r\n\r\n',
] as const;

/** The response to a request with `method`, and interim ones before it, right in most of what the grammar asks (RFC 9112). */
export function makeResponse(method: string, random: Random): string {
  const status = random.chance(6) ? random.pick(rareStatusLines) : random.pick(statusLines);
  const hasContent = method !== 'HEAD' && !/ (?:204|304) /.test(status);
  const lines = plainFieldLines(random);
  if (random.chance(15))
    lines.push(
      random.pick([
        'Connection: keep-alive',
        'connection: close',
        'Connection: close, x',
        'Connection: Keep-Alive',
      ]),
    );
  const framing = random.below(20);
  const content = makeContent(random);
  let body = content;
  if (framing < 9) lines.splice(random.below(lines.length + 1), 0, `Content-Length: ${content.length}`);
  else if (framing < 17 && !status.startsWith('HTTP/1.0')) {
    lines.splice(
      random.below(lines.length + 1),
      0,
      `Transfer-Encoding: ${random.chance(90) ? 'chunked' : 'Chunked'}`,
    );
    body = chunk(content, random);
  }
  if (!hasContent && random.chance(95)) body = '';
  const head = [status, ...lines].join('\r\n');
  let before = '';
  while (random.chance(8)) before += random.pick(interims);
  return `${before}${head}\r\n\r\n${body}`;
}
