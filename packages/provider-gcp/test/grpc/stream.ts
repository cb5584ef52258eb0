import { Readable } from 'node:stream';
import { type AuditEvent, createBody, createPipeline } from '@pai/core';
import { requestFor } from '@pai/core/conformance';
import { contextFor, createGoogle } from '../google.ts';
import { attach, type SpecParts, specOf } from '../provider.ts';

/** What became of a stream: what went on to the service, and why no more of it did. */
export interface Streamed {
  readonly sent: Buffer;
  readonly error: { readonly code: string; readonly message: string } | undefined;
  readonly event: AuditEvent;
}

/** Sends a stream in these chunks through a Provider made of `parts`. A call that is not begun sends nothing. */
export async function stream(
  parts: SpecParts & { enforcement?: 'enforce' | 'audit' },
  path: string,
  chunks: Iterable<Buffer> | AsyncIterable<Buffer>,
  headers: Readonly<Record<string, string>> = {},
): Promise<Streamed> {
  const { enforcement = 'enforce', ...spec } = parts;
  const google = createGoogle();
  const attached = attach('gcp-prod', specOf(spec), contextFor(google));
  const { judge } = createPipeline([{ ...attached, enforcement }], () => google.time.here);
  const [api, ...rest] = path.split(' ');
  const request = requestFor({
    method: 'POST',
    url: `https://${api}.googleapis.com/${rest.join('')}`,
    headers: { 'content-type': 'application/grpc', te: 'trailers', ...headers },
    protocol: 'h2',
  });
  const open = () => Readable.from(chunks, { objectMode: false });
  const outcome = await judge({ ...request, body: createBody({ length: undefined, open }) });
  const { event } = outcome;
  if (outcome.kind === 'respond') {
    return { sent: Buffer.alloc(0), error: { code: event.rule, message: event.reason ?? '' }, event };
  }
  const sent: Buffer[] = [];
  try {
    for await (const chunk of outcome.request.body.stream()) sent.push(chunk);
  } catch (thrown) {
    return { sent: Buffer.concat(sent), error: thrown as Streamed['error'], event };
  }
  return { sent: Buffer.concat(sent), error: undefined, event };
}
