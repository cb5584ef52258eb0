import type { Record } from './record.ts';
import type { Row } from './summary.ts';
import { variants } from './variants.ts';

interface Column {
  readonly title: string;
  readonly show: (row: Row) => string;
}

const columns: readonly Column[] = [
  { title: 'CPU, us a request', show: ({ cpu }) => shown(cpu, 1) },
  { title: 'requests a second', show: ({ rate }) => shown(rate) },
  { title: 'p50, us', show: ({ p50 }) => shown(p50) },
  { title: 'added p50', show: ({ addedP50 }) => shown(addedP50) },
  { title: 'added p99', show: ({ addedP99 }) => shown(addedP99) },
  {
    title: 'idle RSS / anon, MiB',
    show: ({ idleRss, idleAnon }) => `${shown(idleRss)} / ${shown(idleAnon)}`,
  },
  { title: 'RSS after load, MiB', show: ({ loadedRss }) => shown(loadedRss) },
  { title: 'start to first 200, ms', show: ({ startMs }) => shown(startMs) },
];

/** The medians as a Markdown table. */
export function formatTable({ medians }: Pick<Record, 'medians'>): string {
  const rows = variants.flatMap(({ name, title }) => {
    const row = medians[name];
    return row === undefined ? [] : [[title, ...columns.map(({ show }) => show(row))]];
  });
  return markdown(['', ...columns.map(({ title }) => title)], rows);
}

/** The ratios as a Markdown table. */
export function formatRatios({ ratios }: Pick<Record, 'ratios'>): string {
  const names = {
    cpu: 'CPU',
    startMs: 'start',
    idleRss: 'idle RSS',
    idleAnon: 'idle anon',
    loadedRss: 'RSS after load',
  };
  const rows = Object.entries(ratios).map(([other, ratio]) => [
    `sidecar / ${other}`,
    ...Object.keys(names).map((measure) => shown(ratio[measure], 2)),
  ]);
  return markdown(['', ...Object.values(names)], rows);
}

function markdown(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(titles), line(titles.map((_, i) => (i === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n');
}

function shown(value: number | undefined, digits = 0): string {
  return value === undefined || Number.isNaN(value) ? '-' : value.toFixed(digits);
}
