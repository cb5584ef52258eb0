import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Edit } from './scenes.ts';
import { type Stage, yamlPath } from './stage.ts';
import { until } from './until.ts';

/** An edit that is serving. */
export interface Edited {
  /** The lines that changed, with `-` and `+`. */
  readonly diff: readonly string[];
  /** From the start of `pai apply`, its own start-up included, until the sidecar served the new policy. */
  readonly milliseconds: number;
}

/** Edits the Provider github-writer with all edits so far, applies it with `pai apply` and waits until it serves. */
export async function editPolicy(stage: Stage, edits: readonly Edit[]): Promise<Edited> {
  let before = '';
  let after = await readFile(yamlPath('github-writer'), 'utf8');
  for (const { from, to } of edits) [before, after] = [after, after.replace(from, to)];
  if (before === after) throw new Error('the edit found nothing to change');
  const file = join(stage.directory, 'github-writer.yaml');
  await writeFile(file, after);

  const seen = stage.sidecar.log().length;
  const start = performance.now();
  const serving = until('the new policy', () => {
    const log = stage.sidecar.log().slice(seen);
    return /configuration \d+ is serving/.test(log) ? performance.now() : undefined;
  });
  await Promise.all([stage.pai(['apply', '-f', file]), serving]);
  return { diff: diffOf(before, after), milliseconds: Math.round((await serving) - start) };
}

function diffOf(before: string, after: string): string[] {
  const [old, young] = [before.split('\n'), after.split('\n')];
  return [
    ...old.filter((line) => !young.includes(line)).map((line) => `-${line}`),
    ...young.filter((line) => !old.includes(line)).map((line) => `+${line}`),
  ];
}
