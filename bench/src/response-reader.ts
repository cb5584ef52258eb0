/**
 * Reads kept-alive responses with a length and calls back with the status and the content of each. Throws for a
 * response whose end it cannot see.
 */
export function createResponseReader(
  onResponse: (status: number, content: Buffer) => void,
): (chunk: Buffer) => void {
  let pending: Buffer | undefined;
  return (chunk) => {
    const bytes = pending === undefined ? chunk : Buffer.concat([pending, chunk]);
    pending = bytes;
    const at = bytes.indexOf('\r\n\r\n');
    if (at === -1) return;
    const head = bytes.toString('latin1', 0, at);
    const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
    if (length === undefined) throw new Error(`a response without Content-Length: ${head}`);
    const end = at + 4 + Number(length);
    if (bytes.length < end) return;
    if (bytes.length > end) throw new Error('bytes after the end of a response');
    pending = undefined;
    onResponse(Number(head.slice(9, 12)), bytes.subarray(at + 4));
  };
}
