/*
 * The grammar of HTTP/1.1 messages, as strict as RFC 9112 and RFC 9110 let it be, in one place. Everything that reads
 * a message, of an agent or of a service, reads it by these. Text is latin1: one character a byte. What the RFCs let a
 * lenient reader take (bare LF, folded lines, whitespace around a chunk size or before a colon) is not in here.
 */

/** `token` (RFC 9110 section 5.6.2): methods and field names. */
export const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/** `request-line` (RFC 9112 section 3) with its CRLF: method, target, minor version. A target has visible ASCII only. */
export const requestLine = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+) ([\x21-\x7e]+) HTTP\/1\.([01])\r\n/;

/** `status-line` (RFC 9112 section 4) with its CRLF: minor version, status. Its last space may be missing, as servers do. */
export const statusLine = /^HTTP\/1\.([01]) ([1-5]\d\d)(?: [\t\x20-\x7e\x80-\xff]*)?\r\n/;

/** Any number of `field-line` (RFC 9112 section 5), each with its CRLF; sticky. */
export const fieldLines = /(?:[!#$%&'*+.^_`|~0-9A-Za-z-]+:[\t\x20-\x7e\x80-\xff]*\r\n)*/y;

/** What no head can have in it: controls, a line feed or a carriage return alone. Tells of a head before its end has come. */
export const notInHead = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f]|(?<!\r)\n|\r(?!\n|$)/;

/** `Content-Length` (RFC 9110 section 8.6): one decimal number, at most 16 digits. */
export const contentLength = /^\d{1,16}$/;

/** A chunk's first line without its CRLF (RFC 9112 section 7.1): size, then extensions, which are not passed on. */
export const chunkLine =
  /^([0-9A-Fa-f]{1,13})(?:;[!#$%&'*+.^_`|~0-9A-Za-z-]+(?:=(?:[!#$%&'*+.^_`|~0-9A-Za-z-]+|"(?:[\t\x20\x21\x23-\x5b\x5d-\x7e\x80-\xff]|\\[\t\x20-\x7e\x80-\xff])*"))?)*$/;

/** What a request-target that is written may not have. */
export const notInTarget = /[^\x21-\x7e]/;
