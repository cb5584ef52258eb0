import { requestLine } from './grammar.ts';
import { malformed } from './protocol-error.ts';
import { type ReadFields, type RequestFields, readRequestFields } from './request-fields.ts';

/** A request head as it was on the wire. */
export interface RequestHeadLine {
  readonly method: string;
  /** In any form (RFC 9112 section 3.2); visible ASCII. */
  readonly target: string;
  readonly fields: RequestFields;
}

/**
 * Reads a request head without its last empty line. Throws `malformed_request` unless every line is exactly by the
 * grammar and its content can end in one place only.
 */
export function parseRequestHead(text: string, readFields: ReadFields = readRequestFields): RequestHeadLine {
  const line = requestLine.exec(text);
  if (line === null) throw malformed('a request line that is not one');
  const fields = readFields(text, line[0].length, line[3] === '0' ? 0 : 1);
  return { method: line[1] as string, target: line[2] as string, fields };
}
