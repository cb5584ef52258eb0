/** The cells of the rows under `<!-- examples: TITLE -->` on a page of the documentation, without the marks of code. */
export function examplesOf(page: string, title: string): string[][] {
  const [, after = ''] = page.split(`<!-- examples: ${title} -->\n`);
  const [table = ''] = after.split('\n\n');
  const rows = table.trim().split('\n').slice(2);
  return rows.map((row) =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim().replaceAll('`', '')),
  );
}
