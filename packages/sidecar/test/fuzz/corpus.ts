/** An input that was, or could have been, read in two ways. */
export interface Regression {
  readonly name: string;
  /** Method of the request that a response answers; left out for requests. */
  readonly method?: string;
  readonly text: string;
  /** What the reader must make of it: the start and content of each message, and how it ends. */
  readonly expected: readonly [...messages: string[], ending: string];
}

const host = 'Host: api.example.com\r\n';
const post = `POST / HTTP/1.1\r\n${host}`;
const chunked = `${post}Transfer-Encoding: chunked\r\n\r\n`;
const ok = 'HTTP/1.1 200 OK\r\n';

/** Found by the fuzzer in Pai's own reader. */
const found: readonly Regression[] = [
  {
    name: 'a tab after chunked, with which llhttp refuses a request',
    text: `${post}Transfer-Encoding: chunked\t\r\n\r\n1\r\nx\r\n0\r\n\r\n`,
    expected: ['refused'],
  },
  {
    name: 'a tab after chunked, with which llhttp and undici read a response up to the end of its connection',
    method: 'GET',
    text: `${ok}Transfer-Encoding: chunked\t\r\n\r\n5\r\nhello\r\n0\r\n\r\n`,
    expected: ['refused'],
  },
  {
    name: 'a tab after a Content-Length, with which undici waits for other content',
    method: 'GET',
    text: `${ok}Content-Length: 5\t\r\n\r\nhello`,
    expected: ['refused'],
  },
  {
    name: 'a Content-Length in a trailer section',
    text: `${chunked}1\r\nx\r\n0\r\nContent-Length: 0\r\n\r\n`,
    expected: ['POST / HTTP/1.1 x…', 'refused'],
  },
  {
    name: 'a Transfer-Encoding in the trailer section of a response',
    method: 'GET',
    text: `${ok}Transfer-Encoding: chunked\r\n\r\n0\r\nTransfer-Encoding:\r\n\r\n`,
    expected: ['HTTP/1.1 200 …', 'refused'],
  },
  {
    name: 'a Connection: close in a trailer section, after which llhttp reads no other request',
    text: `${chunked}0\r\nConnection: close\r\n\r\nGET /two HTTP/1.1\r\n${host}\r\n`,
    expected: ['POST / HTTP/1.1 …', 'refused'],
  },
  {
    name: 'an announced trailer that frames, which Go refuses',
    text: `${post}Trailer: X, Content-Length\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    expected: ['refused'],
  },
  {
    name: 'an interim response with a length that is none',
    method: 'GET',
    text: `HTTP/1.1 103 E\r\nContent-Length: 0b1\r\n\r\n${ok}Content-Length: 0\r\n\r\n`,
    expected: ['refused'],
  },
  {
    name: 'an interim response with two lengths',
    method: 'GET',
    text: `HTTP/1.1 103 E\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\n${ok}\r\n`,
    expected: ['refused'],
  },
  {
    name: 'an interim response with a length, for whose content llhttp takes the response after it',
    method: 'GET',
    text: `HTTP/1.1 120 \r\nContent-Length: 5\r\n\r\n${ok}\r\nhello`,
    expected: ['refused'],
  },
  {
    name: 'an interim response of HTTP/1.0, after which llhttp reads nothing',
    method: 'GET',
    text: `HTTP/1.0 103 E\r\n\r\n${ok}Content-Length: 0\r\n\r\n`,
    expected: ['refused'],
  },
  {
    name: 'a second Connection field that ends the connection',
    text: `GET /one HTTP/1.1\r\nConnection: keep-alive\r\n${host}Connection: close\r\n\r\nGET /two HTTP/1.1\r\n${host}\r\n`,
    expected: ['GET /one HTTP/1.1 ', 'closed'],
  },
  {
    name: 'HTTP/1.0 that asks both to keep and to close its connection',
    text: `GET /one HTTP/1.0\r\nConnection: keep-alive, close\r\n${host}\r\nGET /two HTTP/1.0\r\n${host}\r\n`,
    expected: ['GET /one HTTP/1.0 ', 'closed'],
  },
  {
    name: 'HTTP/1.0 with an option that only looks like keep-alive, after which llhttp reads nothing',
    text: `GET /one HTTP/1.0\r\nConnection:: keep-alive\r\n${host}\r\nGET /two HTTP/1.0\r\n${host}\r\n`,
    expected: ['GET /one HTTP/1.0 ', 'closed'],
  },
];

/** Where the references differ from each other: what one of them takes for something else is refused. */
const ambiguous: readonly Regression[] = [
  ...[
    ['bare line feeds', `GET / HTTP/1.1\n${host}\r\n`],
    ['a bare line feed after a field', `GET / HTTP/1.1\r\nHost: api.example.com\n\r\n`],
    ['a folded field', `GET / HTTP/1.1\r\nHost:\r\n\tapi.example.com\r\n\r\n`],
    ['a space before the colon', 'GET / HTTP/1.1\r\nHost : api.example.com\r\n\r\n'],
    ['an empty line before the request line', `\r\nGET / HTTP/1.1\r\n${host}\r\n`],
    ['a carriage return before the method', `\rGET / HTTP/1.1\r\n${host}\r\n`],
    ['two spaces before the version', `GET /  HTTP/1.1\r\n${host}\r\n`],
    ['HTTP/0.9', 'GET /\r\n\r\n'],
    ['HTTP/1.2', `GET / HTTP/1.2\r\n${host}\r\n`],
    ['RTSP', `GET / RTSP/1.0\r\n${host}\r\n`],
    ['the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['a high byte in the target', `GET /\xe9 HTTP/1.1\r\n${host}\r\n`],
    ['both framings', `${post}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
    ['the same length twice', `${post}Content-Length: 0\r\nContent-Length: 0\r\n\r\n`],
    ['a list of one length', `${post}Content-Length: 0, 0\r\n\r\n`],
    ['no length in its field', `${post}Content-Length:\r\n\r\n`],
    ['a signed length', `${post}Content-Length: +5\r\n\r\nhello`],
    ['a length of 2^64 and 5', `${post}Content-Length: 18446744073709551621\r\n\r\nhello`],
    ['another coding', `${post}Transfer-Encoding: chunke\r\n\r\n0\r\n\r\n`],
    ['a coding with a parameter', `${post}Transfer-Encoding: chunked;q=1\r\n\r\n0\r\n\r\n`],
    ['a coding behind a control', `${post}Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n`],
    ['a coding behind a no-break space', `${post}Transfer-Encoding: \xa0chunked\r\n\r\n0\r\n\r\n`],
    ['chunked twice', `${post}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
    ['chunked in HTTP/1.0', `POST / HTTP/1.0\r\n${host}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
    ['a Content_Length', `${post}Content_Length: 5\r\n\r\n`],
  ].map(([name = '', text = '']) => ({ name, text, expected: ['refused'] as const })),
  ...[
    ['a space before a chunk size', ' 1\r\nx\r\n0\r\n\r\n'],
    ['a space after a chunk size', '1 \r\nx\r\n0\r\n\r\n'],
    ['a chunk size of 2^64 and 1', '10000000000000001\r\nx\r\n0\r\n\r\n'],
    ['a chunk size with 0x', '0x1\r\nx\r\n0\r\n\r\n'],
    ['a chunk size that is signed', '-1\r\nx\r\n0\r\n\r\n'],
    ['an extension with an open quote', '1;a="\r\nx\r\n0\r\n\r\n'],
    ['an extension without a name', '1;\r\nx\r\n0\r\n\r\n'],
    ['an extension with a line feed', '1;a\nx\r\n0\r\n\r\n'],
    ['an extension with a carriage return', '1;a\rx\r\nx\r\n0\r\n\r\n'],
  ].map(([name = '', content = '']) => ({
    name,
    text: chunked + content,
    expected: ['POST / HTTP/1.1 …', 'refused'] as const,
  })),
  ...[
    ['a chunk that is longer than it says', '1\r\nxy\r\n0\r\n\r\n'],
    ['a bare line feed after a chunk', '1\r\nx\n0\r\n\r\n'],
    ['a folded trailer', '1\r\nx\r\n0\r\nX: y\r\n z\r\n\r\n'],
  ].map(([name = '', content = '']) => ({
    name,
    text: chunked + content,
    expected: ['POST / HTTP/1.1 x…', 'refused'] as const,
  })),
  ...[
    ['a status that is none', 'HTTP/1.1 099 Odd\r\nContent-Length: 5\r\n\r\nhello'],
    ['a status of four digits', 'HTTP/1.1 2000 OK\r\n\r\n'],
    ['an empty line before the status line', `\r\n${ok}\r\n`],
    ['both framings in a response', `${ok}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
    ['a coding that is not chunked', `${ok}Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n`],
    ['a switch of protocols that nobody asked for', 'HTTP/1.1 101 S\r\nUpgrade: x\r\n\r\n'],
  ].map(([name = '', text = '']) => ({ name, method: 'GET', text, expected: ['refused'] as const })),
];

/** What all of them take, so that strictness is not bought with requests that are right. */
const plain: readonly Regression[] = [
  {
    name: 'requests one after another',
    text: `${post}Content-Length: 5\r\n\r\nhello${chunked}5;a="b\\"c"\r\nhello\r\n0\r\nX: y\r\n\r\nGET /two HTTP/1.1\r\n${host}\r\n`,
    expected: ['POST / HTTP/1.1 hello', 'POST / HTTP/1.1 hello', 'GET /two HTTP/1.1 ', 'complete'],
  },
  {
    name: 'content that looks like a request',
    text: `${post}Content-Length: 18\r\n\r\nGET / HTTP/1.1\r\n\r\n`,
    expected: ['POST / HTTP/1.1 GET / HTTP/1.1\r\n\r\n', 'complete'],
  },
  {
    name: 'a response without a reason phrase that ends with its connection',
    method: 'GET',
    text: 'HTTP/1.1 200\r\n\r\nhello',
    expected: ['HTTP/1.1 200 hello', 'complete'],
  },
  {
    name: 'interim responses before a chunked one',
    method: 'POST',
    text: `HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n${ok}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n`,
    expected: ['HTTP/1.1 103 ', 'HTTP/1.1 200 hello', 'complete'],
  },
  {
    name: 'a response to HEAD with the length of what is not there',
    method: 'HEAD',
    text: `${ok}Content-Length: 5\r\n\r\n`,
    expected: ['HTTP/1.1 200 ', 'complete'],
  },
];

/** All of them. */
export const corpus: readonly Regression[] = [...found, ...ambiguous, ...plain];
