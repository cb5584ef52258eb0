import { writeFileSync } from 'node:fs';
import type { Record } from './record.ts';
import { formatRatios, formatTable } from './report.ts';

/** Writes RESULTS.md from a record. */
export function writeResultsPage(record: Record): void {
  writeFileSync(new URL('../RESULTS.md', import.meta.url), resultsPage(record));
}

function resultsPage(record: Record): string {
  const { date, machine, plan, versions } = record;
  const known = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return `# What the sidecar costs

Written by \`pnpm bench --record\` from \`results.json\`; do not edit.

${formatTable(record)}

Medians of ${plan.rounds} rounds. Ratios are medians of ratios within a round:

${formatRatios(record)}

- **Date**: ${date}. **Versions**: ${known.join(', ')}.
- **Machine**: ${machine.cores} cores${machine.isPinned ? '; the proxy on one, load and upstream on the other (taskset)' : ', nothing pinned'}; loopback only.
- **Work**: one GET with a small JSON answer; TLS 1.3 on both legs, ECDSA P-256, verified on both; load is ${plan.requests} counted
  requests on ${plan.connections} kept-alive connections after ${plan.warmUp} to warm up, latency is ${plan.single} requests on one connection.
- **Real**: the upstream answers 401 unless the real credential arrives, and a run fails on any answer but a 200.
- **The sidecar** judges the README's GitHub policy and writes an audit line a request. The others judge and log nothing.
  @fastify/http-proxy does not verify the upstream unless it is told to; here it is told.
- **CPU** is user and system time of the proxy's process and its children, threads included, under load.

## How to read it
Ratios are what to trust: they compare the same minutes. Work of others on the same cores moved CPU a request by up to a third
between rounds. Requests a second are what one core gave while its neighbours let it, and the time to start is wall time: both
follow the load of the machine. p99 is mostly the neighbours. Differences below 20 % are noise.

## How to repeat it
\`\`\`
pnpm install && pnpm build
pnpm bench            # measure and print
pnpm bench --quick    # one short round
pnpm bench --record   # measure, then rewrite results.json and this page
pnpm bench --check    # measure, then fail when a ratio is much worse than the recorded one
\`\`\`
nginx is measured where it is installed (Debian: \`apt-get install nginx-light\`), and left out elsewhere. Linux only.
`;
}
