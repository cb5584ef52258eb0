/**
 * Reads kept-alive responses with a length, without keeping their content beyond its beginning, and calls back with the
 * status and the beginning of each. Throws for a response whose end it cannot see.
 */
export function createResponseReader(
  onResponse: (status: number, content: string) => void,
): (chunk: Buffer) => void {
  let head = '';
  let missing = 0;
  let current: { status: number; content: string } | undefined;
  return (chunk) => {
    if (current !== undefined) {
      missing -= chunk.length;
    } else {
      head += chunk.toString('latin1');
      const at = head.indexOf('\r\n\r\n');
      if (at === -1) return;
      const length = /\r\ncontent-length: *(\d+)/i.exec(head.slice(0, at))?.[1];
      if (length === undefined) throw new Error(`a response without Content-Length: ${head.slice(0, at)}`);
      current = { status: Number(head.slice(9, 12)), content: head.slice(at + 4, at + 260) };
      missing = Number(length) - (head.length - at - 4);
    }
    if (missing > 0) return;
    if (missing < 0) throw new Error('bytes after the end of a response');
    const { status, content } = current;
    current = undefined;
    head = '';
    onResponse(status, content);
  };
}
