/** The one program of a README. */
export interface ReadmeProgram {
  readonly language: 'ts' | 'sh';
  readonly program: string;
  /** What it prints. */
  readonly expected: string;
}

/** The last block of a README in TypeScript, else in shell, and the block of text: what it prints. Throws where there is none. */
export function readProgram(readme: string): ReadmeProgram {
  const block = (language: string) =>
    [...readme.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms'))].at(-1)?.[1];
  const typescript = block('ts');
  const program = typescript ?? block('sh');
  const expected = block('text');
  if (program === undefined || expected === undefined)
    throw new Error('README.md has no program, or not what it prints');
  return { language: typescript === undefined ? 'sh' : 'ts', program, expected };
}
