import { createECDH, createHash, createHmac, createPublicKey, verify as verifyEcdsa } from 'node:crypto';
import { crc32 } from 'node:zlib';

/*
 * Checks signatures of AWS (SigV4, SigV4A, presigned URLs, signed chunks and trailers) over the bytes that arrived.
 * Written from AWS's documents: "AWS Signature Version 4 for API requests" (IAM User Guide), "Authenticating Requests"
 * (Amazon S3 API Reference), and RFC 3986. It shares no code with the signer and needs nothing but Node.
 */

/** A request as it arrived, transfer coding undone. Header values hold a byte in each character. */
export interface ReceivedRequest {
  readonly method: string;
  readonly target: string;
  /** Name, value, name, value. With HTTP/2, `:authority` stands for `host`. */
  readonly headers: readonly string[];
  readonly body: Buffer;
}

/** A key that AWS would know. */
export interface KnownKey {
  readonly secret: string;
  readonly token?: string;
  /** The token is of an S3 Express session, so that it has its own header. */
  readonly isExpressSession?: boolean;
}

/** The scope that a host asks for. */
export interface ExpectedScope {
  readonly service: string;
  readonly region: string;
}

export interface VerifierOptions {
  /** By access key id. */
  readonly keys: Readonly<Record<string, KnownKey>>;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Default: {@link scopeOfHost}. */
  readonly scopeOf?: (host: string) => ExpectedScope | undefined;
  /** Whether a service decodes a path once and never normalises it. Default: S3's do. */
  readonly hasRawPaths?: (service: string) => boolean;
}

/** What was proved, and the data inside of chunks. */
export interface Verified {
  readonly accessKeyId: string;
  readonly service: string;
  readonly region: string;
  readonly algorithm: string;
  readonly isPresigned: boolean;
  readonly signedHeaders: readonly string[];
  readonly payload: string;
  readonly content: Buffer;
}

/** Throws an error that says what AWS would not accept. */
export function verifyRequest(request: ReceivedRequest, options: VerifierOptions): Verified {
  const claim = readClaim(request);
  const key = options.keys[claim.accessKeyId];
  must(key !== undefined, 'InvalidAccessKeyId');
  checkTime(claim, options.now);
  checkScope(claim, request, options.scopeOf ?? scopeOfHost);
  checkToken(claim, request, key);
  checkSignedHeaders(claim, request);
  const payload = payloadOf(claim, request);
  const canonical = canonicalText(claim, request, payload, (options.hasRawPaths ?? isS3)(claim.service));
  const text = [claim.algorithm, claim.date, claim.scope, sha256(Buffer.from(canonical, 'latin1'))].join(
    '\n',
  );
  const check = signatureCheck(claim, key);
  must(check(text, claim.signature), `SignatureDoesNotMatch\n${canonical}`);
  const content = checkContent(claim, request, payload, check);
  const { accessKeyId, service, region, algorithm, isPresigned, signedHeaders } = claim;
  return { accessKeyId, service, region, algorithm, isPresigned, signedHeaders, payload, content };
}

interface Claim {
  readonly algorithm: string;
  readonly accessKeyId: string;
  readonly day: string;
  readonly region: string;
  readonly service: string;
  readonly scope: string;
  readonly date: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
  readonly isPresigned: boolean;
  readonly expires: number;
}

function readClaim(request: ReceivedRequest): Claim {
  const pairs = queryPairs(request.target);
  const inQuery = (name: string) => {
    const found = pairs.filter(([key]) => key.toString().toLowerCase() === name);
    must(found.length <= 1, `${name} twice in the query`);
    return found[0]?.[1].toString();
  };
  const authorizations = valuesOf(request, 'authorization');
  const isPresigned = inQuery('x-amz-signature') !== undefined || inQuery('x-amz-algorithm') !== undefined;
  must(!(isPresigned && authorizations.length > 0), 'two ways of authentication');
  must(inQuery('awsaccesskeyid') === undefined, 'SigV2 query authentication');
  if (isPresigned) {
    must(inQuery('x-amz-expires') !== undefined, 'X-Amz-Expires is missing');
    return claimOf({
      algorithm: inQuery('x-amz-algorithm') ?? '',
      credential: inQuery('x-amz-credential') ?? '',
      signedHeaders: inQuery('x-amz-signedheaders') ?? '',
      signature: inQuery('x-amz-signature') ?? '',
      date: inQuery('x-amz-date') ?? '',
      region: inQuery('x-amz-region-set'),
      expires: Number(inQuery('x-amz-expires')),
      isPresigned,
    });
  }
  must(authorizations.length === 1, `${authorizations.length} Authorization fields`);
  const [, algorithm = '', credential = '', signedHeaders = '', signature = ''] =
    /^(\S+) Credential=([^\s,]+), ?SignedHeaders=([^\s,]+), ?Signature=([0-9a-f]+)$/.exec(
      authorizations[0] ?? '',
    ) ?? [];
  const dates = valuesOf(request, 'x-amz-date');
  must(dates.length === 1, `${dates.length} x-amz-date fields`);
  must(valuesOf(request, 'date').length === 0, 'a Date of the agent');
  const [region] = valuesOf(request, 'x-amz-region-set');
  return claimOf({
    algorithm,
    credential,
    signedHeaders,
    signature,
    date: dates[0] ?? '',
    region,
    expires: 900,
    isPresigned,
  });
}

interface RawClaim {
  readonly algorithm: string;
  readonly credential: string;
  readonly signedHeaders: string;
  readonly signature: string;
  readonly date: string;
  readonly region: string | undefined;
  readonly expires: number;
  readonly isPresigned: boolean;
}

function claimOf(raw: RawClaim): Claim {
  const { algorithm, credential, date, signature, expires, isPresigned } = raw;
  const isEcdsa = algorithm === 'AWS4-ECDSA-P256-SHA256';
  must(isEcdsa || algorithm === 'AWS4-HMAC-SHA256', `algorithm ${algorithm}`);
  const parts = credential.split('/');
  must(parts.length === (isEcdsa ? 4 : 5) && parts.at(-1) === 'aws4_request', `credential ${credential}`);
  const [accessKeyId = '', day = ''] = parts;
  const service = parts.at(-2) ?? '';
  const region = isEcdsa ? (raw.region ?? '') : (parts[2] ?? '');
  must(isEcdsa === (raw.region !== undefined), 'x-amz-region-set is for SigV4A, and only for it');
  must(/^\d{8}T\d{6}Z$/.test(date) && date.startsWith(day), `date ${date} of ${day}`);
  const signedHeaders = raw.signedHeaders.split(';');
  const scope = parts.slice(1).join('/');
  return {
    algorithm,
    accessKeyId,
    day,
    region,
    service,
    scope,
    date,
    signedHeaders,
    signature,
    isPresigned,
    expires,
  };
}

function checkTime({ date, expires, isPresigned }: Claim, now: number): void {
  const [, y, mo, d, h, mi, s] = /^(....)(..)(..)T(..)(..)(..)Z$/.exec(date) ?? [];
  const signedAt = Date.UTC(Number(y), Number(mo) - 1, Number(d), Number(h), Number(mi), Number(s));
  must(signedAt - now <= 900_000, 'RequestTimeTooSkewed: signed in the future');
  must(now - signedAt <= expires * 1_000, isPresigned ? 'Request has expired' : 'RequestTimeTooSkewed');
}

function checkScope(
  claim: Claim,
  request: ReceivedRequest,
  scopeOf: NonNullable<VerifierOptions['scopeOf']>,
) {
  const host = hostOf(request).replace(/:\d+$/, '');
  const expected = scopeOf(host);
  must(expected !== undefined, `${host} is no endpoint that this verifier knows`);
  must(claim.service === expected.service, `service ${claim.service} signed for ${host}`);
  must(claim.region === expected.region, `region ${claim.region} signed for ${host}`);
}

function checkToken({ isPresigned }: Claim, request: ReceivedRequest, key: KnownKey): void {
  const name = key.isExpressSession === true ? 'x-amz-s3session-token' : 'x-amz-security-token';
  for (const candidate of ['x-amz-security-token', 'x-amz-s3session-token']) {
    const inQuery = queryPairs(request.target)
      .filter(([key]) => key.toString().toLowerCase() === candidate)
      .map(([, value]) => value.toString());
    const found = isPresigned ? inQuery : valuesOf(request, candidate);
    const expected = candidate === name && key.token !== undefined ? [key.token] : [];
    must(JSON.stringify(found) === JSON.stringify(expected), `InvalidToken: ${candidate}`);
  }
}

/** S3 refuses unsigned `x-amz-*` fields, and asks for `host` and for a `content-type` that is there. */
function checkSignedHeaders({ signedHeaders, isPresigned }: Claim, request: ReceivedRequest): void {
  must(signedHeaders.join() === [...new Set(signedHeaders)].sort().join(), 'SignedHeaders are not sorted');
  must(signedHeaders.includes('host'), 'host is not signed');
  for (const name of headerNames(request)) {
    const isWanted = name.startsWith('x-amz-') || (!isPresigned && name === 'content-type');
    must(!isWanted || signedHeaders.includes(name), `AccessDenied: ${name} is not signed`);
  }
  for (const name of signedHeaders) {
    const isHopByHop = /^(?:connection|te|transfer-encoding|keep-alive|upgrade|expect|user-agent)$/.test(
      name,
    );
    must(!isHopByHop, `${name} is signed, and may change on the way`);
  }
}

const isS3 = (service: string) => /^(?:s3|s3express|s3-object-lambda|s3-outposts)$/.test(service);

function payloadOf({ service, isPresigned }: Claim, request: ReceivedRequest): string {
  const declared = valuesOf(request, 'x-amz-content-sha256');
  must(declared.length <= 1, 'x-amz-content-sha256 twice');
  if (declared[0] !== undefined) return declared[0];
  if (isPresigned && isS3(service)) return 'UNSIGNED-PAYLOAD';
  must(!isS3(service), 'MissingSecurityHeader: x-amz-content-sha256');
  return sha256(request.body);
}

function canonicalText(claim: Claim, request: ReceivedRequest, payload: string, hasRawPath: boolean): string {
  const [rawPath = ''] = request.target.split('?', 1);
  const decoded = hasRawPath ? percentDecode(rawPath.replaceAll('+', ' ')) : withoutDots(rawPath);
  const pairs = queryPairs(request.target)
    .filter(([name]) => !(claim.isPresigned && name.toString() === 'X-Amz-Signature'))
    .map(([name, value]) => [uriEncode(name, false), uriEncode(value, false)] as const);
  const order = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));
  pairs.sort(([a, v], [b, w]) => order(a, b) || order(v, w));
  const lines = claim.signedHeaders.map((name) => {
    const values = name === 'host' ? [hostOf(request)] : valuesOf(request, name);
    must(values.length > 0, `${name} is signed and not there`);
    return `${name}:${values.map(trimAll).join(',')}\n`;
  });
  return [
    request.method,
    uriEncode(decoded, true) || '/',
    pairs.map((pair) => pair.join('=')).join('&'),
    lines.join(''),
    claim.signedHeaders.join(';'),
    payload,
  ].join('\n');
}

type Check = (text: string, signature: string) => boolean;

function signatureCheck(
  { algorithm, accessKeyId, day, region, service }: Claim,
  { secret }: KnownKey,
): Check {
  if (algorithm === 'AWS4-HMAC-SHA256') {
    const hmac = (key: Buffer | string, text: string) =>
      createHmac('sha256', key).update(text, 'latin1').digest();
    const key = hmac(hmac(hmac(hmac(`AWS4${secret}`, day), region), service), 'aws4_request');
    return (text, signature) => hmac(key, text).toString('hex') === signature;
  }
  const point = ecdsaPoint(accessKeyId, secret);
  const jwk = { kty: 'EC', crv: 'P-256', x: point.x.toString('base64url'), y: point.y.toString('base64url') };
  const key = createPublicKey({ key: jwk, format: 'jwk' });
  return (text, signature) =>
    verifyEcdsa(
      'sha256',
      Buffer.from(text, 'latin1'),
      key,
      Buffer.from(signature.replace(/\*+$/, ''), 'hex'),
    );
}

/** The public key: FIPS 186-4 B.4.2 over the KDF of NIST SP 800-108 in counter mode. */
export function ecdsaPoint(accessKeyId: string, secret: string): { readonly x: Buffer; readonly y: Buffer } {
  const order = BigInt('0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551');
  for (let counter = 1; counter <= 254; counter += 1) {
    const context = `${accessKeyId}${String.fromCharCode(counter)}`;
    const input = `\0\0\0\x01AWS4-ECDSA-P256-SHA256\0${context}\0\0\x01\0`;
    const digest = createHmac('sha256', `AWS4A${secret}`).update(input, 'latin1').digest('hex');
    const candidate = BigInt(`0x${digest}`);
    if (candidate > order - 2n) continue;
    const pair = createECDH('prime256v1');
    pair.setPrivateKey((candidate + 1n).toString(16).padStart(64, '0'), 'hex');
    const point = pair.getPublicKey();
    return { x: point.subarray(1, 33), y: point.subarray(33, 65) };
  }
  throw new Error('no key');
}

function checkContent(claim: Claim, request: ReceivedRequest, payload: string, check: Check): Buffer {
  const { body } = request;
  if (/^[0-9a-f]{64}$/.test(payload)) {
    must(sha256(body) === payload, 'XAmzContentSHA256Mismatch');
    return body;
  }
  if (payload === 'UNSIGNED-PAYLOAD') return body;
  must(payload.startsWith('STREAMING-'), `x-amz-content-sha256 ${payload}`);
  const [decodedLength = ''] = valuesOf(request, 'x-amz-decoded-content-length');
  const isSigned = payload !== 'STREAMING-UNSIGNED-PAYLOAD-TRAILER';
  must(!isSigned || payload.includes(claim.algorithm.slice(5)), `${payload} with ${claim.algorithm}`);
  if (payload === 'STREAMING-AWS4-HMAC-SHA256-EVENTS') return checkEvents(claim, body, check);
  let previous = claim.signature;
  const checkNext = (kind: string, content: string, signature: string) => {
    const text = `${claim.algorithm}-${kind}\n${claim.date}\n${claim.scope}\n${previous}\n${content}`;
    const unpadded = signature.replace(/\*+$/, '');
    must(signature.length === (claim.algorithm.includes('ECDSA') ? 144 : 64), 'length of a chunk signature');
    must(check(text, unpadded), `SignatureDoesNotMatch in a ${kind}`);
    previous = unpadded;
  };
  const data: Buffer[] = [];
  let rest = body;
  for (let size = -1; size !== 0; ) {
    const end = rest.indexOf('\r\n');
    must(end >= 0, 'IncompleteBody');
    const [, digits = '', signature = ''] =
      /^([0-9a-fA-F]+)(?:;chunk-signature=([0-9a-f*]+))?$/.exec(rest.toString('latin1', 0, end)) ?? [];
    must(digits !== '' && (signature !== '') === isSigned, 'the head of a chunk');
    size = Number.parseInt(digits, 16);
    const chunk = rest.subarray(end + 2, end + 2 + size);
    must(chunk.length === size, 'IncompleteBody');
    if (isSigned) checkNext('PAYLOAD', `${sha256('')}\n${sha256(chunk)}`, signature);
    data.push(chunk);
    rest = rest.subarray(end + 2 + size);
    if (size > 0) {
      must(rest.toString('latin1', 0, 2) === '\r\n', 'the end of a chunk');
      rest = rest.subarray(2);
    }
  }
  const content = Buffer.concat(data);
  must(String(content.length) === decodedLength, 'x-amz-decoded-content-length');
  const trailer = rest.toString('latin1');
  if (!payload.endsWith('-TRAILER')) must(trailer === '\r\n', 'the end of the content');
  else checkTrailer(trailer, valuesOf(request, 'x-amz-trailer'), isSigned ? checkNext : undefined);
  return content;
}

/** "Event stream encoding" (Amazon Transcribe Developer Guide): every message holds another, its date and its signature. */
function checkEvents(claim: Claim, body: Buffer, check: Check): Buffer {
  const payloads: Buffer[] = [];
  let previous = claim.signature;
  let at = 0;
  while (at < body.length) {
    const message = body.subarray(at, at + body.readUInt32BE(at));
    at += message.length;
    must(message.length === message.readUInt32BE(0), 'IncompleteBody');
    must(crc32(message.subarray(0, 8)) === message.readUInt32BE(8), 'CRC of a prelude');
    must(crc32(message.subarray(0, -4)) === message.readUInt32BE(message.length - 4), 'CRC of a message');
    const end = 12 + message.readUInt32BE(4);
    const found = new Map<string, Buffer>();
    let dateField: Buffer = Buffer.alloc(0);
    for (let i = 12; i < end; ) {
      const start = i;
      const name = message.toString('latin1', i + 1, i + 1 + message.readUInt8(i));
      i += 1 + name.length;
      const isTime = message.readUInt8(i) === 8;
      const value = isTime
        ? message.subarray(i + 1, i + 9)
        : message.subarray(i + 3, i + 3 + message.readUInt16BE(i + 1));
      i += isTime ? 9 : 3 + value.length;
      found.set(name, value);
      if (name === ':date') dateField = message.subarray(start, i);
    }
    must([...found.keys()].sort().join() === ':chunk-signature,:date', 'headers of a message');
    const time = new Date(Number(found.get(':date')?.readBigInt64BE()));
    const date = time.toISOString().replace(/[-:]|\.\d+/g, '');
    const scope = claim.scope.replace(/^\d+/, date.slice(0, 8));
    const payload = message.subarray(end, -4);
    const hashes = `${sha256(dateField)}\n${sha256(payload)}`;
    const signature = found.get(':chunk-signature')?.toString('hex') ?? '';
    must(
      check(`AWS4-HMAC-SHA256-PAYLOAD\n${date}\n${scope}\n${previous}\n${hashes}`, signature),
      'SignatureDoesNotMatch in an event',
    );
    previous = signature;
    payloads.push(payload);
  }
  return Buffer.concat(payloads);
}

function checkTrailer(
  trailer: string,
  announced: readonly string[],
  checkNext: ((kind: string, content: string, signature: string) => void) | undefined,
): void {
  must(trailer.endsWith('\r\n\r\n'), 'the end of the trailer');
  const fields = trailer
    .slice(0, -4)
    .split('\r\n')
    .map(
      (line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1)] as const,
    );
  const signature = fields.find(([name]) => name === 'x-amz-trailer-signature')?.[1];
  const signed = fields.filter(([name]) => name !== 'x-amz-trailer-signature');
  const names = announced
    .join(',')
    .split(',')
    .map((name) => name.trim().toLowerCase());
  must(
    signed
      .map(([name]) => name)
      .sort()
      .join() === names.sort().join(),
    'x-amz-trailer',
  );
  must((signature !== undefined) === (checkNext !== undefined), 'x-amz-trailer-signature');
  const lines = signed.map(([name, value]) => `${name}:${value.trim()}\n`).sort();
  checkNext?.('TRAILER', sha256(Buffer.from(lines.join(''), 'latin1')), signature ?? '');
}

/** What an AWS host's name asks requests to be signed for; enough names for tests. */
export function scopeOfHost(host: string): ExpectedScope | undefined {
  const [, name, region = 'us-east-1'] =
    /^(.+?)(?:\.([a-z]{2,4}(?:-[a-z]+)+-\d))?\.(?:(?:vpce\.)?amazonaws\.com(?:\.cn)?|api\.aws|amazonaws\.eu)$/.exec(
      host,
    ) ?? [];
  if (name === undefined) return undefined;
  const labels = name.replace(/\.dualstack$/, '').split('.');
  const last = (labels.at(-1) ?? '').replace(/-fips$/, '');
  if (last === 's3-global') return { service: 's3', region: '*' };
  if (/^s3express-/.test(last)) return { service: 's3express', region };
  if (/^(?:s3-object-lambda|s3-outposts)$/.test(last)) return { service: last, region };
  if (/^s3(?:-accesspoint|-control|-accelerate)?$/.test(last)) return { service: 's3', region };
  return { service: { email: 'ses', 'data-ats': 'iotdata' }[last] ?? last, region };
}

function must(condition: boolean, reason: string): asserts condition {
  if (!condition) throw new Error(reason);
}

function sha256(bytes: Buffer | string): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function headerNames({ headers }: ReceivedRequest): readonly string[] {
  return headers.filter((_, i) => i % 2 === 0).map((name) => name.toLowerCase());
}

function valuesOf({ headers }: ReceivedRequest, name: string): string[] {
  return headers.filter((_, i) => i % 2 === 1 && headers[i - 1]?.toLowerCase() === name);
}

function hostOf(request: ReceivedRequest): string {
  const hosts = [...valuesOf(request, 'host'), ...valuesOf(request, ':authority')];
  must(hosts.length === 1, `${hosts.length} Host fields`);
  return hosts[0] ?? '';
}

function trimAll(value: string): string {
  return value
    .split(/[ \t]+/)
    .filter(Boolean)
    .join(' ');
}

function queryPairs(target: string): (readonly [name: Buffer, value: Buffer])[] {
  const mark = target.indexOf('?');
  if (mark < 0) return [];
  return target
    .slice(mark + 1)
    .replaceAll('+', ' ')
    .split('&')
    .filter(Boolean)
    .map((pair) => {
      const [name = '', ...value] = pair.split('=');
      return [percentDecode(name), percentDecode(value.join('='))];
    });
}

function percentDecode(text: string): Buffer {
  const decoded = text.replace(/%([0-9a-fA-F]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return Buffer.from(decoded, 'latin1');
}

function uriEncode(bytes: Buffer, isPath: boolean): string {
  let encoded = '';
  for (const byte of bytes) {
    const letter = String.fromCharCode(byte);
    const isKept = /^[A-Za-z0-9._~-]$/.test(letter) || (isPath && letter === '/');
    encoded += isKept ? letter : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return encoded;
}

/** RFC 3986 section 6.2.2.3, and one slash for many. The bytes are not decoded: every service but S3 escapes twice. */
function withoutDots(path: string): Buffer {
  const output: string[] = [];
  for (const segment of path.split(/\/+/)) {
    if (segment === '..') output.pop();
    else if (segment !== '.' && segment !== '') output.push(segment);
  }
  const isFolder = output.length > 0 && path.endsWith('/');
  return Buffer.from(`/${output.join('/')}${isFolder ? '/' : ''}`, 'latin1');
}
