/** An event that was sent, or could not be yet. */
export interface KeptEvent {
  readonly id: string;
  readonly data: Buffer;
}

/** The latest events of a session, for agents that lost a stream (MCP 2025-03-26, "Resumability and Redelivery"). */
export interface EventWindow {
  /** Keeps one more event of a stream, and names it. */
  readonly add: (stream: number, data: Buffer) => string;
  /** Number of the latest event of all. */
  readonly last: () => number;
  /** Events of the stream of `id` that came after it, as far as they are kept. */
  readonly after: (id: string) => readonly KeptEvent[];
}

/** Most events, and bytes of them. */
const mostEvents = 1_000;
const mostBytes = 1 << 20;

/** A window that holds nothing yet. */
export function createEventWindow(): EventWindow {
  const kept: { stream: number; number: number; data: Buffer }[] = [];
  let size = 0;
  let last = 0;
  return {
    add(stream, data) {
      last += 1;
      kept.push({ stream, number: last, data });
      size += data.length;
      while (kept.length > mostEvents || (size > mostBytes && kept.length > 1)) {
        size -= kept.shift()?.data.length ?? 0;
      }
      return `${stream}-${last}`;
    },
    last: () => last,
    after(id) {
      const { stream, number } = readEventId(id) ?? { stream: -1, number: 0 };
      const later = kept.filter((one) => one.stream === stream && one.number > number);
      return later.map((one) => ({ id: `${one.stream}-${one.number}`, data: one.data }));
    },
  };
}

/** What `Last-Event-ID` names; undefined when none of ours is called so. */
export function readEventId(id: string): { readonly stream: number; readonly number: number } | undefined {
  const [, stream, number] = /^(\d{1,9})-(\d{1,12})$/.exec(id) ?? [];
  return stream === undefined ? undefined : { stream: Number(stream), number: Number(number) };
}
