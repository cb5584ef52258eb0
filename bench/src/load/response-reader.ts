/** Bytes of content that are handed on: enough to say what was answered. */
const shown = 256;

/**
 * Reads kept-alive responses with a length, without keeping their content beyond its beginning, and calls back with the
 * status and the beginning of each. Throws for a response whose end it cannot see.
 */
export function createResponseReader(
  onResponse: (status: number, content: string) => void,
): (chunk: Buffer) => void {
  let pending = '';
  let status = 0;
  let missing: number | undefined;
  const beginContent = () => {
    const at = pending.indexOf('\r\n\r\n');
    if (at === -1) return;
    const head = pending.slice(0, at);
    const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
    if (length === undefined) throw new Error(`a response without Content-Length: ${head}`);
    status = Number(head.slice(9, 12));
    pending = pending.slice(at + 4);
    missing = Number(length) - pending.length;
  };
  return (chunk) => {
    if (missing === undefined) {
      pending += chunk.toString('latin1');
      beginContent();
    } else {
      missing -= chunk.length;
      if (pending.length < shown) pending += chunk.toString('latin1', 0, shown);
    }
    if (missing === undefined || missing > 0) return;
    if (missing < 0) throw new Error('bytes after the end of a response');
    const content = pending;
    pending = '';
    missing = undefined;
    onResponse(status, content.slice(0, shown));
  };
}
