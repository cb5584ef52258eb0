import { diff } from 'node:util';
import type { ApprovedTool } from '@pai/sidecar';

/** What has become of a tool since it was approved. */
export interface ToolChange {
  readonly kind: 'new' | 'changed' | 'gone' | 'approved';
  readonly name: string;
  /** As it was approved, if it was. */
  readonly before: ApprovedTool | undefined;
  /** As the server defines it, if it does. */
  readonly now: ApprovedTool | undefined;
}

/** Every tool that was approved or is there, by name. */
export function changesOf(
  approved: readonly ApprovedTool[],
  listed: readonly ApprovedTool[],
): readonly ToolChange[] {
  const names = new Set([...approved, ...listed].map(({ name }) => name));
  return [...names].sort().map((name) => {
    const before = approved.find((tool) => tool.name === name);
    const now = listed.find((tool) => tool.name === name);
    return { kind: kindOf(before, now), name, before, now };
  });
}

/** Whether there is something to approve. */
export function isChange({ kind }: ToolChange): boolean {
  return kind !== 'approved';
}

/** Changes for people: new definitions whole, changed ones as the lines that differ. */
export function changesText(changes: readonly ToolChange[]): string {
  const blocks = changes.filter(isChange).map((change) => [headOf(change), ...linesOf(change)].join('\n'));
  const known = changes.length - blocks.length;
  const rest = known === 0 ? [] : [`${known} approved and unchanged`];
  return [...blocks, ...rest].join('\n\n') || 'there are no tools';
}

function kindOf(before: ApprovedTool | undefined, now: ApprovedTool | undefined): ToolChange['kind'] {
  if (now === undefined) return 'gone';
  if (before === undefined) return 'new';
  return before.digest === now.digest ? 'approved' : 'changed';
}

function headOf({ kind, name, now }: ToolChange): string {
  return now === undefined ? `${kind}: ${name}` : `${kind}: ${name} (${now.digest})`;
}

function linesOf({ before, now }: ToolChange): readonly string[] {
  if (now === undefined) return ['  its approval is taken back'];
  const after = now.definition.split('\n');
  const former = before?.definition.split('\n');
  if (former === undefined) return after.map((line) => `  ${line}`);
  if (after.length + former.length > mostCompared) return after.map((line) => `+ ${line}`);
  const lines = diff(after, former).map(([side, line]) => ({ side, line }));
  const isNear = (at: number) => lines.slice(Math.max(0, at - 2), at + 3).some(({ side }) => side !== 0);
  return lines.flatMap(({ side, line }, at) => (isNear(at) ? [`${marks[side]} ${line}`] : []));
}

/** Comparing takes time and memory with the square of what differs, and the server decides how much that is. */
const mostCompared = 4_000;

const marks = { 1: '+', 0: ' ', [-1]: '-' } as const;
