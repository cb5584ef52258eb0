import { peers } from '../peers.ts';
import type { Results, ScenarioResult } from '../rounds.ts';
import type { Scenario } from '../scenario.ts';
import { scenarios } from '../scenarios.ts';
import { standingsOf } from './goals.ts';
import { markdown, shown } from './markdown.ts';
import { combine, medianOf, seriesOf } from './statistics.ts';

/** Fewer rounds than this are thin: the table says so. */
const enough = 3;

/** A section a scenario: its method, its medians and what was left out. */
export function formatScenarios(results: Results): string {
  return scenarios
    .flatMap((scenario) => {
      const result = results[scenario.id];
      return result === undefined ? [] : [formatScenario(scenario, result, results)];
    })
    .join('\n\n');
}

/** Every goal, what was measured, and whether it is met. */
export function formatGoals(results: Results): string {
  const rows = standingsOf(results).map(({ goal, value, rounds, isMet, isMoonshotMet }) => [
    `${goal.scenario.toUpperCase()}: ${goal.says}`,
    value === undefined
      ? 'not measured'
      : `${precise(value)} ${goal.unit}${rounds < enough ? ' (thin)' : ''}`,
    precise(goal.must),
    verdict(isMet),
    goal.moonshot === undefined ? '' : precise(goal.moonshot),
    goal.moonshot === undefined ? '' : verdict(isMoonshotMet),
  ]);
  return markdown(['', 'measured', 'must, at most', 'met', 'moonshot', 'met'], rows);
}

function formatScenario(scenario: Scenario, result: ScenarioResult, results: Results): string {
  const { id, measures, method, title, hasNoRatio = false, without = {} } = scenario;
  const titles = measures.map((measure) => measure.title);
  const [main] = measures;
  const rounds = Math.max(0, ...Object.values(result.samples).map(({ length }) => length));
  const rows = peers.flatMap((peer) => {
    if (result.samples[peer.name] === undefined) return [];
    const cells = measures.map(({ name, digits }) =>
      shown(medianOf(seriesOf(results, id, peer.name, name)), digits),
    );
    const taken = result.samples[peer.name]?.length ?? 0;
    const title = taken < rounds ? `${peer.title} (${taken} round)` : peer.title;
    if (peer.name in result.failures) return [[`${peer.title}: **failed**`, ...cells, '-']];
    const beside = (name: string) =>
      combine(seriesOf(results, id, peer.name, name), seriesOf(results, id, 'nginx', name), (a, b) => a / b);
    return [[title, ...cells, shown(main && medianOf(beside(main.name)), 2)]];
  });
  const absent = { ...without, ...result.failures };
  return [
    `### ${id.toUpperCase()}: ${title}`,
    method,
    hasNoRatio
      ? markdown(
          ['', ...titles],
          rows.map((row) => row.slice(0, -1)),
        )
      : markdown(['', ...titles, `${main?.title.split(',')[0]} / nginx`], rows),
    `Medians of ${rounds} ${rounds === 1 ? 'round' : 'rounds'}${rounds < enough ? ' (thin)' : ''}.${absences(absent)}`,
  ].join('\n\n');
}

function absences(absent: Readonly<Record<string, string>>): string {
  const said = Object.entries(absent).map(([name, reason]) => `${name}: ${reason}`);
  return said.length === 0 ? '' : ` Without ${said.join('; ')}.`;
}

function verdict(isMet: boolean | undefined): string {
  if (isMet === undefined) return '-';
  return isMet ? 'yes' : '**no**';
}

function precise(value: number): string {
  if (Math.abs(value) >= 100) return value.toFixed(0);
  return Number(value.toPrecision(value < 1 ? 2 : 3)).toString();
}
