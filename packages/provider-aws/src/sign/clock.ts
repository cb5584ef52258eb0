import { getHeader, type ResponseHead, type UpstreamRequest } from '@pai/core';

/** The time at AWS. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** The time of whole seconds. */
  stamp(): Stamp;
  /** Whether a response refuses a request and shows that this clock is wrong, or was when the request was signed. */
  isRefusal(head: ResponseHead, request?: Signed): boolean;
  /** Sets the clock by such a response; whether the next signature will have another time. */
  correct(head: ResponseHead, request?: Signed): boolean;
}

type Signed = Pick<UpstreamRequest, 'headers'>;

/** A time as SigV4 writes it. */
export interface Stamp {
  /** Milliseconds since the epoch. */
  readonly time: number;
  /** `20150830T123600Z`. */
  readonly date: string;
  /** `20150830`. */
  readonly day: string;
}

/** Milliseconds of difference that are none. AWS takes 5 minutes, S3 15. */
const tolerance = 4 * 60_000;

/** Milliseconds by which a clock is corrected at most: what is further off is a clock to be set, and no service's to say. */
const mostCorrected = 24 * 3_600_000;

/** A clock that services correct: what they refuse with 400 or 403 says in `Date` what time it is for them. */
export function createClock(now: () => number): Clock {
  let offset = 0;
  let correctedAt = Number.NEGATIVE_INFINITY;
  let last: Stamp = { time: Number.NaN, date: '', day: '' };
  const error = ({ status, headers }: ResponseHead) => {
    if (status !== 400 && status !== 403) return 0;
    const date = Date.parse(getHeader(headers, 'date') ?? '');
    const isCredible = Math.abs(date - now()) <= mostCorrected;
    return isCredible ? date - (now() + offset) : 0;
  };
  const isWrong = (head: ResponseHead) => Math.abs(error(head)) > tolerance;
  // requests that were under way when the clock was set are refused after it
  const isLate = ({ status }: ResponseHead, request: Signed | undefined) => {
    if ((status !== 400 && status !== 403) || now() - correctedAt > tolerance) return false;
    const time = parseTime(getHeader(request?.headers ?? [], 'x-amz-date') ?? '');
    return time !== undefined && Math.abs(now() + offset - time) > tolerance;
  };
  const isRefusal: Clock['isRefusal'] = (head, request) => isWrong(head) || isLate(head, request);
  return {
    now: () => now() + offset,
    stamp() {
      const time = Math.floor((now() + offset) / 1_000) * 1_000;
      if (time !== last.time) {
        const date = formatTime(time);
        last = { time, date, day: date.slice(0, 8) };
      }
      return last;
    },
    isRefusal,
    correct(head, request) {
      if (!isWrong(head)) return isLate(head, request);
      offset += error(head);
      correctedAt = now();
      return true;
    },
  };
}

function formatTime(time: number): string {
  return `${new Date(time).toISOString().replace(/[-:]|\..*/g, '')}Z`;
}

/** Milliseconds since the epoch of a time as SigV4 writes it; undefined when it is none. */
export function parseTime(text: string): number | undefined {
  const parts = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text);
  if (parts === null) return undefined;
  const [, year, month, day, hour, minute, second] = parts;
  const time = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(time) || formatTime(time) !== text ? undefined : time;
}
