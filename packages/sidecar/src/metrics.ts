import type { AuditEvent } from '@pai/core';

/** Counts for Prometheus. Labels hold names from the configuration and stable codes, never a request's own text. */
export interface Metrics {
  observe(event: AuditEvent): void;
  count(name: CounterName, by?: number): void;
  /** The text exposition format, version 0.0.4. */
  render(gauges: Readonly<Record<string, number>>): string;
}

type CounterName = keyof typeof counters;

const counters = {
  pai_loads_total: 'Configurations that took effect, the first included.',
  pai_reload_failures_total: 'Configurations that did not validate; the last good one went on serving.',
  pai_handshake_failures_total: 'TLS handshakes that agents did not complete.',
  pai_redactions_total: 'Times a response held the credential and was masked or cut off.',
  pai_unscanned_total: 'Responses that could not be searched for the credential to their end.',
  pai_malformed_total: 'Connections whose bytes were no HTTP request.',
  pai_unseen_streams_total:
    'HTTP/2 streams that the parser refused before they were requests, or whose number the agent left out.',
} as const;

/** Upper bounds of the duration histogram, in seconds. */
const bounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

interface Series {
  requests: number;
  bytesIn: number;
  bytesOut: number;
}

/** Counts in memory. */
export function createMetrics(): Metrics {
  const series = new Map<string, Series>();
  const counts = new Map<CounterName, number>();
  const buckets = new Array<number>(bounds.length + 1).fill(0);
  let seconds = 0;
  /** Most events are of the same series as the one before. */
  let latest: { readonly event: Labelled; readonly entry: Series } | undefined;

  const seriesOf = (event: Labelled): Series => {
    const labels = labelsOf(event);
    const entry = series.get(labels) ?? { requests: 0, bytesIn: 0, bytesOut: 0 };
    series.set(labels, entry);
    return entry;
  };
  /** A late answer to an agent that has gone is still written to its event, so that what it is now is kept. */
  const countedBy = (event: Labelled) => {
    const { provider, decision, status, error } = event;
    return { event: { provider, decision, status, error }, entry: seriesOf(event) };
  };
  const count: Metrics['count'] = (name, by = 1) => void counts.set(name, (counts.get(name) ?? 0) + by);

  return {
    observe(event) {
      if (event.redactions !== undefined) count('pai_redactions_total', event.redactions);
      if (event.unscanned !== undefined) count('pai_unscanned_total');
      if (latest === undefined || !isAlike(latest.event, event)) latest = countedBy(event);
      const { entry } = latest;
      entry.requests += 1;
      entry.bytesIn += event.bytes_in;
      entry.bytesOut += event.bytes_out;
      const duration = event.duration_ms / 1_000;
      seconds += duration;
      const at = bounds.findIndex((bound) => duration <= bound);
      const index = at === -1 ? bounds.length : at;
      buckets[index] = (buckets[index] ?? 0) + 1;
    },
    count,
    render(gauges) {
      const rows = [...series];
      const totals = (pick: (entry: Series) => number) =>
        rows.map(([labels, entry]) => `{${labels}} ${pick(entry)}`);
      return [
        ...family(
          'pai_requests_total',
          'counter',
          'Requests by Provider, decision, status class and error code.',
          totals((entry) => entry.requests),
        ),
        ...family(
          'pai_request_bytes_total',
          'counter',
          'Content bytes from agents.',
          totals((entry) => entry.bytesIn),
        ),
        ...family(
          'pai_response_bytes_total',
          'counter',
          'Content bytes to agents.',
          totals((entry) => entry.bytesOut),
        ),
        ...histogram(buckets, seconds),
        ...Object.entries(counters).flatMap(([name, help]) =>
          family(name, 'counter', help, [` ${counts.get(name as CounterName) ?? 0}`]),
        ),
        ...Object.entries(gauges).flatMap(([name, value]) =>
          family(name, 'gauge', `${name}.`, [` ${value}`]),
        ),
        '',
      ].join('\n');
    },
  };
}

/** What an event is counted by. */
type Labelled = Pick<AuditEvent, 'provider' | 'decision' | 'status'> & {
  readonly error?: string | undefined;
};

function labelsOf({ provider = '', decision, status, error = '' }: Labelled): string {
  return `provider="${provider}",decision="${decision}",status="${statusClass(status)}",error="${error}"`;
}

function isAlike(one: Labelled, other: Labelled): boolean {
  const isSameStatus = one.status === other.status || statusClass(one.status) === statusClass(other.status);
  return (
    isSameStatus &&
    one.provider === other.provider &&
    one.decision === other.decision &&
    one.error === other.error
  );
}

function statusClass(status: number): string {
  return status === 0 ? 'none' : `${Math.floor(status / 100)}xx`;
}

function family(name: string, type: string, help: string, samples: readonly string[]): string[] {
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...samples.map((sample) => name + sample)];
}

function histogram(buckets: readonly number[], seconds: number): string[] {
  const name = 'pai_request_duration_seconds';
  let total = 0;
  const samples = buckets.map((count, i) => {
    total += count;
    return `_bucket{le="${bounds[i] ?? '+Inf'}"} ${total}`;
  });
  return family(name, 'histogram', 'Time from a request head to the end of its response.', [
    ...samples,
    `_sum ${seconds}`,
    `_count ${total}`,
  ]);
}
