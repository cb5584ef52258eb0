import { type RequestText, rawHeadersOf } from './conformance-request.ts';

/** Requests that have broken proxies like this one, made from a request that a provider knows. */
export function hostileVariants(sample: RequestText): RequestText[] {
  const [, origin = '', rest = '/'] = /^(https?:\/\/[^/?#]*)(.*)$/s.exec(sample.url) ?? [];
  const [path = '/', query] = (rest.startsWith('/') ? rest : `/${rest}`).split(/\?(.*)/s);
  const at = (changed: string, search = query): RequestText => ({
    ...sample,
    url: `${origin}${changed}${search === undefined ? '' : `?${search}`}`,
  });
  return [
    ...pathsFrom(path).map((changed) => at(changed)),
    ...queries.map((search) => at(path, search)),
    ...methods.map((method) => ({ ...sample, method })),
    ...headers.map(([name, value]) => ({ ...sample, headers: withHeader(sample, name, value) })),
    ...bodies.map(([type, body]) => ({
      ...sample,
      method: 'POST',
      headers: withHeader(sample, 'content-type', type),
      body,
    })),
  ];
}

/** The sample with one header more. */
export function withHeader(request: RequestText, name: string, value: string): string[] {
  return [...rawHeadersOf(request), name, value];
}

function pathsFrom(path: string): string[] {
  const bare = path === '/' ? '' : path.replace(/\/$/, '');
  const last = bare.lastIndexOf('/');
  return [
    '/',
    `${bare}/`,
    `${bare}//`,
    `/${path}`,
    `/.${path}`,
    `${bare}/..`,
    `${bare}/../`,
    `${bare}/%2e%2e/%2E%2e/other`,
    `${bare}/..%2f..%2fother`,
    `${bare}/..;/other`,
    `${bare}%5c..%5cother`,
    `${bare}/%252e%252e%252fother`,
    `${bare}%2F..%2Fother`,
    last > 0 ? `${bare.slice(0, last)}%2F${bare.slice(last + 1)}` : '/%2F',
    `${bare}%00`,
    `${bare}%0d%0aX:%20y`,
    `${bare}%09`,
    `${bare}%`,
    `${bare}%zz`,
    `${bare}%ff%fe`,
    `${bare}%c0%af`,
    `${bare}%23x`,
    `${bare}%3Fx=1`,
    `${bare};x=1`,
    `${bare}/%20`,
    `${bare}.json`,
    path.toUpperCase(),
    path.replace(/[a-z]/gi, (letter) => `%${letter.charCodeAt(0).toString(16)}`),
    `${bare}/__proto__/constructor`,
    `${bare}${'/a'.repeat(500)}`,
    `/${'a'.repeat(8_000)}`,
    '/**',
    '/{x}',
  ];
}

const queries = [
  '',
  '?',
  '&&&=&=',
  'a=1&a=2&A=3',
  '%',
  '%zz=%zz',
  '%00=%00',
  '%ff=%fe',
  '__proto__=x&constructor=y',
  'a[]=1&a[b]=2',
  'Action=x&Action=y&method=delete&_method=DELETE',
  'access_token=x&token=y&key=z',
  `q=${'x'.repeat(8_000)}`,
  Array.from({ length: 1_000 }, (_, i) => `p${i}=${i}`).join('&'),
];

const methods = [
  'HEAD',
  'OPTIONS',
  'PUT',
  'PATCH',
  'DELETE',
  'TRACE',
  'CONNECT',
  'PROPFIND',
  'get',
  'Post',
  'FOO',
  'G',
];

const headers: readonly (readonly [string, string])[] = [
  ['x-http-method-override', 'DELETE'],
  ['X-HTTP-Method', 'DELETE'],
  ['x-method-override', 'get'],
  ['content-type', 'application/json; charset=utf-7'],
  ['content-encoding', 'gzip'],
  ['accept', ''],
  ['x-amz-target', 'Service.Operation'],
  ['host', 'evil.example'],
  ['x-original-url', '/other'],
  ['x-rewrite-url', '/other'],
  ['range', 'bytes=0-0,1-1'],
  ['cookie', 'a=b'],
];

const bodies: readonly (readonly [string, string | Uint8Array])[] = [
  ['application/json', ''],
  ['application/json', '{'],
  ['application/json', 'null'],
  ['application/json', '[]'],
  ['application/json', '[[[[1]]]]'],
  ['application/json', '{"query":"query{","query":"mutation{x}"}'],
  ['application/json', '{"__proto__":{"a":1},"constructor":1}'],
  ['application/json', `${'['.repeat(20_000)}`],
  ['application/json', '\ufeff{"a":1}'],
  ['application/x-www-form-urlencoded', 'a=1&a=2&%zz'],
  ['multipart/form-data', '--x'],
  ['multipart/form-data; boundary=x', '--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1'],
  ['text/plain', '{"a":1}'],
  ['application/octet-stream', Uint8Array.of(0, 255, 254, 128, 10)],
  ['application/cbor', Uint8Array.of(0xbf, 0xff, 0xff)],
  ['not a type', 'x'],
  ['application/xml', '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'],
  ['application/json', 'x'.repeat(300_000)],
];
