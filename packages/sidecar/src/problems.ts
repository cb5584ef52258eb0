import { PaiError } from '@pai/core';

/** Where a value stands in what the user wrote. */
export interface Place {
  /** As the user named it; `stdin` for standard input. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
}

/** One thing that is wrong with a file: what, why and the remedy, in one sentence. */
export interface Problem extends Place {
  readonly message: string;
}

/** A path inside a document: keys of mappings and indexes of lists. */
export type ValuePath = readonly (string | number)[];

/** `FILE:LINE`. */
export function formatPlace({ file, line }: Place): string {
  return `${file}:${line}`;
}

/** `spec.policy.allow[0]`; keys that could not be read in a sentence are quoted. */
export function formatPath(path: ValuePath): string {
  const text = path.map((part) => {
    if (typeof part === 'number') return `[${part}]`;
    return /^[\w-]{1,64}$/.test(part) ? `.${part}` : `[${JSON.stringify(part.slice(0, 64))}]`;
  });
  return text.join('').replace(/^\./, '');
}

/** One `config_invalid` error of all problems, a line each, in the order of the files and their lines. */
export function problemsError(problems: readonly Problem[]): PaiError {
  const files = [...new Set(problems.map(({ file }) => file))];
  const inOrder = problems.toSorted(
    (a, b) => files.indexOf(a.file) - files.indexOf(b.file) || a.line - b.line,
  );
  const lines = inOrder.map((problem) => `${formatPlace(problem)}: ${problem.message}`);
  return new PaiError('config_invalid', [...new Set(lines)].join('\n'));
}
