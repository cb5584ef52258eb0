import type { MergedOperation } from './merge.ts';
import type { SourceProtocol } from './source.ts';

/** One kind of resource of an operation, as the provider reads it. */
export interface EncodedRule {
  readonly arn: string;
  readonly members: readonly {
    readonly variable: string;
    readonly place: string;
    readonly name: string;
    readonly form?: string;
  }[];
}

/** A service, ready to be written. */
export interface Encodable {
  readonly id: string;
  readonly prefix: string;
  readonly protocol: SourceProtocol;
  readonly versions: readonly string[];
  readonly targets: readonly string[];
  readonly operations: readonly {
    readonly operation: MergedOperation;
    readonly actions: readonly string[];
    readonly rules: readonly EncodedRule[];
  }[];
}

/**
 * A service as text. The first line: prefix, protocol, versions, targets; then its rules, a line each, and an empty
 * line; then its operations: name, routes, actions that are not of its name, numbers of its rules. `|` stands between fields.
 */
export function encodeService({ prefix, protocol, versions, targets, operations }: Encodable): string {
  const rules = new Map<string, number>();
  for (const line of byUse(operations.flatMap((one) => one.rules.map(ruleLine)))) rules.set(line, rules.size);
  const lines = operations.map(({ operation: { name, routes }, actions, rules: own }) => {
    const isPlain = actions.length === 1 && actions[0] === `${prefix}:${name}`;
    const fields = [
      name,
      routes.map(({ method, template }) => `${method} ${template}`).join(' '),
      isPlain ? '' : actions.map((action) => withoutPrefix(action, prefix)).join(' '),
      own.map((rule) => String(rules.get(ruleLine(rule)))).join(' '),
    ];
    return fields.join('|').replace(/\|+$/, '');
  });
  const head = [prefix, protocol, versions.join(' '), targets.join(' ')].join('|');
  return [head, ...rules.keys(), '', ...lines].join('\n');
}

function withoutPrefix(action: string, prefix: string): string {
  return action.startsWith(`${prefix}:`) ? action.slice(prefix.length + 1) : action;
}

const places: Readonly<Record<string, string>> = { label: '/', query: '?', header: '#', body: '.' };

function ruleLine({ arn, members }: EncodedRule): string {
  const parts = members.map(({ variable, place, name, form }) => {
    const mark = places[place];
    if (mark === undefined)
      throw new Error(`${name} stands in a place that the table has no mark for: ${place}`);
    return `${variable}${mark}${name}${form === undefined ? '' : `~${form}`}`;
  });
  return [arn.replaceAll('arn:${Partition}:', '^'), ...parts].join('|');
}

function byUse(lines: readonly string[]): readonly string[] {
  const uses = new Map<string, number>();
  for (const line of lines) uses.set(line, (uses.get(line) ?? 0) + 1);
  return [...uses].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1)).map(([line]) => line);
}
