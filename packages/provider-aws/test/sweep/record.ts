import { gunzipSync, gzipSync } from 'node:zlib';

/** One request as an SDK made it. */
export interface Recorded {
  /** What made it: `client-sqs`, or `v2 SQS 2012-11-05`. */
  readonly client: string;
  readonly operation: string;
  readonly method: string;
  /** Without the scheme: `sqs.eu-west-1.amazonaws.com/queue?Action=…`. */
  readonly url: string;
  /** Those that may say what the request does; never a signature. */
  readonly headers: Readonly<Record<string, string>>;
  /** Text, or `base64:…` for what is none. */
  readonly body: string;
  /** `region/service` of the credential scope that the SDK signed for; empty when it signed for none. */
  readonly scope: string;
}

/** A request and what it should be called. */
export interface Judged extends Recorded {
  /** IAM actions, sorted. */
  readonly actions: readonly string[];
  /** One ARN that the request surely names, when that can be told. */
  readonly resource?: string;
}

/** Writes records as gzip'd JSON lines; the same records always give the same bytes. */
export function packRecords(records: readonly Judged[]): Buffer {
  const lines = records.map(({ client, operation, method, url, headers, body, scope, actions, resource }) =>
    JSON.stringify([client, operation, method, url, headers, body, scope, actions, resource]),
  );
  return gzipSync(`${lines.join('\n')}\n`, { level: 9 });
}

/** Reads what `packRecords` wrote. */
export function unpackRecords(packed: Uint8Array): Judged[] {
  const lines = gunzipSync(packed).toString('utf8').trim().split('\n');
  return lines.map((line) => {
    const [client, operation, method, url, headers, body, scope, actions, resource] = JSON.parse(line);
    return {
      client,
      operation,
      method,
      url,
      headers,
      body,
      scope,
      actions,
      ...(resource === null || resource === undefined ? {} : { resource }),
    };
  });
}

/** The bytes of a recorded body. */
export function bodyBytes(body: string): Buffer {
  return body.startsWith('base64:') ? Buffer.from(body.slice(7), 'base64') : Buffer.from(body);
}

/** A body as a record holds it. */
export function bodyText(bytes: Uint8Array): string {
  const text = Buffer.from(bytes).toString('utf8');
  const isText = Buffer.from(text).equals(Buffer.from(bytes)) && !text.startsWith('base64:');
  return isText ? text : `base64:${Buffer.from(bytes).toString('base64')}`;
}
