import type { Results } from '../rounds.ts';
import { combine, medianOf, type Series, seriesOf } from './statistics.ts';

/** What the sidecar is to reach: lower is better, and a ratio is of the same round. */
export interface Goal {
  readonly scenario: string;
  readonly says: string;
  readonly unit: 'x' | 'us' | 'ms' | 'MiB' | 'KiB' | 's';
  readonly must: number;
  readonly moonshot?: number;
  readonly series: (results: Results) => Series;
}

/** How a run stands to a goal. */
export interface Standing {
  readonly goal: Goal;
  readonly rounds: number;
  /** Undefined when it was not measured, and then nothing is met or missed. */
  readonly value: number | undefined;
  readonly isMet: boolean | undefined;
  readonly isMoonshotMet: boolean | undefined;
}

/** Every goal beside what a run measured. */
export function standingsOf(results: Results): readonly Standing[] {
  return goals.map((goal) => {
    const series = goal.series(results);
    const value = medianOf(series);
    const reaches = (limit: number | undefined) =>
      value === undefined || limit === undefined ? undefined : value <= limit;
    return {
      goal,
      value,
      rounds: series.filter((each) => each !== undefined).length,
      isMet: reaches(goal.must),
      isMoonshotMet: reaches(goal.moonshot),
    };
  });
}

const own =
  (scenario: string, measure: string, peer = 'sidecar') =>
  (results: Results) =>
    seriesOf(results, scenario, peer, measure);

function ratio(scenario: string, measure: string, other: string): Goal['series'] {
  return (results) =>
    combine(own(scenario, measure)(results), own(scenario, measure, other)(results), (a, b) => a / b);
}

/** What is added to the direct way. */
function added(scenario: string, measure: string, peer = 'sidecar'): Goal['series'] {
  return (results) =>
    combine(
      own(scenario, measure, peer)(results),
      own(scenario, measure, 'direct')(results),
      (a, b) => a - b,
    );
}

function addedRatio(scenario: string, measure: string, other: string): Goal['series'] {
  return (results) =>
    combine(added(scenario, measure)(results), added(scenario, measure, other)(results), (a, b) => a / b);
}

/** A goal that is a ratio of one measure to another peer's. */
function against(
  scenario: string,
  what: string,
  measure: string,
  other: string,
  must: number,
  moonshot?: number,
): Goal {
  return {
    scenario,
    says: `${what} / ${other}`,
    unit: 'x',
    must,
    ...(moonshot !== undefined && { moonshot }),
    series: ratio(scenario, measure, other),
  };
}

/** A goal that is a number of its own. */
function absolute(
  scenario: string,
  says: string,
  unit: Goal['unit'],
  measure: string,
  must: number,
  moonshot?: number,
): Goal {
  return {
    scenario,
    says,
    unit,
    must,
    ...(moonshot !== undefined && { moonshot }),
    series: own(scenario, measure),
  };
}

/** Every goal. */
const goals: readonly Goal[] = [
  against('p1', 'CPU a request', 'cpu', 'nginx', 1.6, 1.25),
  against('p1', 'CPU a request', 'cpu', 'fastify', 0.45),
  against('p1', 'CPU a request', 'cpu', 'go', 0.7),
  against('p1', 'CPU a request', 'cpu', 'srt', 0.3),
  against('p1', 'CPU a request', 'cpu', 'mockttp', 0.1),
  against('p1', 'CPU a request', 'cpu', 'mitmproxy', 0.04),
  {
    scenario: 'p1',
    says: 'resolving, policy and audit / CPU a request',
    unit: 'x',
    must: 0.05,
    series: (results) => combine(own('p1', 'judging')(results), own('p1', 'cpu')(results), (a, b) => a / b),
  },
  {
    scenario: 'p2',
    says: 'added p50 / nginx',
    unit: 'x',
    must: 1.3,
    moonshot: 1,
    series: addedRatio('p2', 'p50', 'nginx'),
  },
  {
    scenario: 'p2',
    says: 'added p50 / fastify',
    unit: 'x',
    must: 0.45,
    series: addedRatio('p2', 'p50', 'fastify'),
  },
  {
    scenario: 'p2',
    says: 'added p50 / mitmproxy',
    unit: 'x',
    must: 0.04,
    series: addedRatio('p2', 'p50', 'mitmproxy'),
  },
  against('p3', 'CPU a new connection', 'cpu', 'nginx', 1.6, 1.3),
  against('p3', 'CPU a new connection', 'cpu', 'srt', 0.25),
  against('p3', 'CPU a new connection', 'cpu', 'mitmproxy', 0.125),
  absolute('p4', 'host never seen, CPU', 'us', 'unseen', 2_000, 600),
  absolute('p4', 'configured host, CPU', 'us', 'configured', 50),
  against('p4', 'host never seen, CPU', 'unseen', 'selfsigned', 0.1),
  against('p5', 'down, CPU a GB', 'down', 'nginx', 1.4, 1.15),
  against('p5', 'up, CPU a GB', 'up', 'nginx', 1.4, 1.15),
  against('p5', 'down, CPU a GB', 'down', 'mitmproxy', 0.1),
  against('p5', 'up, CPU a GB', 'up', 'mitmproxy', 0.1),
  absolute('p6', 'RSS growth over 1 GiB down and up', 'MiB', 'growth', 8, 3),
  absolute('p6', 'held for a stalled agent, a stream', 'MiB', 'down', 1),
  absolute('p6', 'held for a stalled upstream, a stream', 'MiB', 'up', 1),
  absolute('p7', 'a stream', 'KiB', 'held', 100, 80),
  against('p7', 'a stream', 'held', 'nginx', 1.3),
  { scenario: 'p7', says: 'event p50 added', unit: 'us', must: 150, series: added('p7', 'p50') },
  {
    scenario: 'p7',
    says: 'streams that did not open, or died in 15 silent minutes',
    unit: 'x',
    must: 0,
    series: (results) =>
      combine(own('p7', 'alive')(results), own('p7', 'silence')(results), (alive, silence) =>
        silence >= 900 ? 1 - alive : Number.NaN,
      ).map((lost) => (Number.isNaN(lost) ? undefined : lost)),
  },
  absolute('p8', 'idle RSS', 'MiB', 'rss', 60),
  absolute('p8', 'idle anonymous', 'MiB', 'anon', 16, 12),
  against('p8', 'idle RSS', 'rss', 'fastify', 0.75),
  against('p8', 'idle RSS', 'rss', 'srt', 0.75),
  against('p8', 'idle RSS', 'rss', 'mockttp', 0.75),
  absolute('p9', 'RSS after load and rest', 'MiB', 'rss', 85, 70),
  absolute('p10', 'start', 'ms', 'ms', 130, 90),
  against('p10', 'start', 'ms', 'hello', 1.5),
  against('p10', 'start', 'ms', 'fastify', 1 / 3),
  against('p10', 'start', 'ms', 'mitmproxy', 0.2),
  against('p11', 'CPU a request, 1,000 connections', 'cpu', 'nginx', 1.3, 1),
  against('p11', 'RSS, 1,000 connections', 'rss', 'nginx', 2.2),
  against('p12', 'CPU a request, HTTP/2', 'cpu', 'nginx', 3, 2),
  against('p12', 'CPU a request, HTTP/2', 'cpu', 'go', 1),
  absolute('p13', 'SigV4 of a GET, CPU', 'us', 'get', 12, 8),
  against('p13', 'SigV4 of a GET, CPU', 'get', 'aws4', 0.8),
  against('p13', 'SigV4 of a GET, CPU', 'get', 'aws4fetch', 1 / 20),
  absolute('p14', 'decision of 50 rules', 'us', 'check', 1, 0.3),
  absolute('p14', 'stall of a reload', 'ms', 'stall', 5),
  absolute('p14', 'added start', 'ms', 'start', 250),
];
