/** Functions of the query language that lead out of a workspace (Kusto, "Cross-workspace queries", `externaldata`). */
const functions =
  'workspace|app|resource|arg|adx|cluster|database|externaldata|external_table|http_request|http_request_post';

/** What may stand between a name and its parenthesis: two characters are spaces to Kusto that are none here. */
const gap = '[\\s\\u180e\\u200b]*';
/** A name in brackets can be written in many ways, and may be any. */
const call = new RegExp(`(?:\\b(?:${functions})|\\])${gap}(?:(\\()|$|//)`, 'gi');
const start = new RegExp(`^${gap}(?:(\\()|$|//)`);

/** A plugin of the language, and what some take for the end of a line. */
const unclear = /\bevaluate\b|[\v\f\x85\u2028\u2029]/i;

/**
 * Whether a query may read what is outside of the workspace that it is asked of. What is inside of text and comments is
 * taken for the query itself, and a comment may stand in front of a parenthesis. Its work grows with the query's length.
 */
export function leadsOut(query: string): boolean {
  if (unclear.test(query)) return true;
  let opensBelow = false;
  for (const line of query.split(/[\r\n]/).reverse()) {
    for (const [, parenthesis] of line.matchAll(call)) if (parenthesis ?? opensBelow) return true;
    const first = start.exec(line);
    opensBelow = first !== null && (first[1] !== undefined || opensBelow);
  }
  return false;
}
