import { writeFileSync } from 'node:fs';
import { peers } from '../peers.ts';
import type { Record } from './record.ts';
import { formatGoals, formatScenarios } from './tables.ts';

/** Writes RESULTS.md from a record. */
export function writeResultsPage(record: Record): void {
  writeFileSync(new URL('../../RESULTS.md', import.meta.url), resultsPage(record));
}

/** The page as text. */
function resultsPage({ date, machine, versions, absent, trusting, results }: Record): string {
  const known = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  const missing = Object.entries(absent).map(([name, reason]) => `${name}: ${reason}`);
  const remarks = peers.flatMap(({ remark, name }) =>
    remark === undefined || name in absent ? [] : [`- ${remark}`],
  );
  return `# What the sidecar costs

Written by \`pnpm bench --record\` from \`results.json\`; do not edit.

- **Date**: ${date}. **Versions**: ${known.join(', ')}.
- **Machine**: ${machine.cores} cores${machine.isPinned ? '; the proxy on one, load and upstream on the other (taskset)' : ', nothing pinned'}; loopback only. Load average ${machine.loadAverage.toFixed(1)}, of which about two are the bench's${machine.hasPriority ? ', which had priority' : ''}.
- **Left out**: ${missing.length === 0 ? 'nothing' : missing.join('; ')}.
- **Real**: the upstream answers 401 unless exactly the real credential arrives, and any answer but a 200 fails the measurement.
- **TLS** 1.3 on both legs, ECDSA P-256, verified on both. An impostor of the service got a credential from: ${trusting.length === 0 ? 'nobody' : trusting.join(', ')} (asked of each at the start of the run).
- **CPU** is user and system time of the proxy's process and its children, threads included. \`/ nginx\` is the median of ratios within a round.
${remarks.join('\n')}

## Goals

${formatGoals(results)}

*thin*: of fewer than three rounds.

## Measured

${formatScenarios(results)}

## How to read it
Ratios are what to trust: they compare the same minutes. Work of others on the same cores moves CPU a request by up to a third
between rounds. Requests a second are what one core gave while its neighbours let it, and the time to start is wall time: both
follow the load of the machine. p99 is mostly the neighbours. Differences below 20 % are noise. Real networks are 20 to 100 ms away:
there P2 vanishes, and P6 to P10 are what users notice.

## How to repeat it
\`\`\`
pnpm install && pnpm build
pnpm bench                          # measure and print
pnpm bench --only p1,p5 --peers go  # some of it
pnpm bench --quick                  # one short round
pnpm bench --full                   # more rounds, 5,000 event streams, 15 silent minutes
pnpm bench --record                 # measure, then rewrite results.json and this page
pnpm bench --check                  # measure, then fail when a ratio is much worse than the recorded one
\`\`\`
nginx, HAProxy, Go and mitmproxy are measured where they are installed (Debian: \`apt-get install nginx-light haproxy golang-go
mitmproxy\`), and left out elsewhere. Linux only.
`;
}
