import { Readable } from 'node:stream';
import {
  createHttpHeaders,
  type HttpClient,
  type PipelineRequest,
  type PipelineResponse,
} from '@azure/core-rest-pipeline';
import type { Pipeline, RawHeaders, UpstreamRequest } from '@pai/core';
import { type RequestText, requestFor } from '@pai/core/conformance';

/** What a service answers. */
export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** What SDKs send went to `judge`, and from there to `service`. */
export interface SdkClient extends HttpClient {
  /** `METHOD host/path`, in order. */
  readonly seen: readonly string[];
}

/** The transport of Azure's SDKs, with the pipeline where the network would be. */
export function createSdkClient(
  judge: Pipeline['judge'],
  service: (request: UpstreamRequest) => Answer = () => ({ status: 500 }),
): SdkClient {
  const seen: string[] = [];
  return {
    seen,
    sendRequest: async (request) => {
      const text = textOf(request);
      seen.push(`${request.method} ${text.url.replace(/^https?:\/\/|\?.*/g, '')}`);
      const outcome = await judge(requestFor(text));
      if (outcome.kind === 'forward') {
        const { status, headers = {}, body = '' } = service(outcome.request);
        return respond(request, status, Object.entries(headers).flat(), body);
      }
      const { status, headers, body } = outcome.response;
      return respond(request, status, headers, Buffer.from(body).toString());
    },
  };
}

function textOf({ method, url, headers, body }: PipelineRequest): RequestText {
  if (body !== undefined && body !== null && typeof body !== 'string' && !(body instanceof Uint8Array)) {
    throw new Error('a body of another kind');
  }
  return { method, url, headers: fieldsOf(headers), body: body ?? '' };
}

/** Storage's SDK still has the headers of the transport before this one. */
function fieldsOf(headers: PipelineRequest['headers'] | { toJson(): Record<string, string> }) {
  return 'toJson' in headers ? headers.toJson() : headers.toJSON({ preserveCase: true });
}

function respond(
  request: PipelineRequest,
  status: number,
  fields: RawHeaders,
  bodyAsText: string,
): PipelineResponse {
  const headers = createHttpHeaders();
  for (let i = 0; i < fields.length; i += 2) headers.set(fields[i] as string, fields[i + 1] as string);
  Object.assign(headers, { toJson: () => headers.toJSON() });
  const isStreamed = request.streamResponseStatusCodes?.has(status) === true;
  return isStreamed
    ? { request, status, headers, readableStreamBody: Readable.from([Buffer.from(bodyAsText)]) }
    : { request, status, headers, bodyAsText };
}
