import { PaiError } from '@pai/core';
import { protocolError } from '../http1/protocol-error.ts';

/** Error codes of HTTP/2 (RFC 9113 section 7), by the names of its registry. */
export const resetCodes = {
  NO_ERROR: 0,
  PROTOCOL_ERROR: 1,
  INTERNAL_ERROR: 2,
  FLOW_CONTROL_ERROR: 3,
  SETTINGS_TIMEOUT: 4,
  STREAM_CLOSED: 5,
  FRAME_SIZE_ERROR: 6,
  REFUSED_STREAM: 7,
  CANCEL: 8,
  COMPRESSION_ERROR: 9,
  CONNECT_ERROR: 10,
  ENHANCE_YOUR_CALM: 11,
  INADEQUATE_SECURITY: 12,
  HTTP_1_1_REQUIRED: 13,
} as const;

function nameOfReset(code: number): string {
  return Object.entries(resetCodes).find(([, known]) => known === code)?.[0] ?? `code ${code}`;
}

/** What a stream that the service, or the parser of what it sent, ended with `code` means for the request. */
export function resetError(host: string, code: number): PaiError {
  switch (code) {
    case resetCodes.NO_ERROR:
      return protocolError('an end of the stream in the middle of a response');
    case resetCodes.PROTOCOL_ERROR:
    case resetCodes.FLOW_CONTROL_ERROR:
    case resetCodes.STREAM_CLOSED:
    case resetCodes.FRAME_SIZE_ERROR:
    case resetCodes.COMPRESSION_ERROR:
      return protocolError(`what is no HTTP/2, or took the request for that (${nameOfReset(code)})`);
    case resetCodes.HTTP_1_1_REQUIRED:
      return protocolError('that it takes this request over HTTP/1.1 alone');
    default:
      return new PaiError('upstream_unreachable', `${host} gave the request up (${nameOfReset(code)})`);
  }
}
