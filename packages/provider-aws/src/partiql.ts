import { PaiError, printable } from '@pai/core';

/** What one statement of PartiQL for DynamoDB does, and the table or index it does it to. */
export interface Statement {
  readonly action: 'PartiQLSelect' | 'PartiQLInsert' | 'PartiQLUpdate' | 'PartiQLDelete';
  /** A name or an ARN, as the statement has it. */
  readonly table: string;
  readonly index?: string;
}

/**
 * Reads a statement of PartiQL (Amazon DynamoDB Developer Guide, "PartiQL language reference"): one SELECT, INSERT, UPDATE
 * or DELETE on one table that is named. Throws `malformed_request` for whatever is not plainly that: comments, a second
 * statement, a join, a nested SELECT, a word that it does not know in the place of a table, more than DynamoDB takes.
 */
export function readStatement(text: string): Statement {
  if (text.length > longest) throw unclear('it is longer than the 8,192 characters that DynamoDB takes');
  const tokens = tokensOf(text);
  const isWrapped = isWord(tokens[0], 'EXISTS') && isMark(tokens[1], '(') && isMark(tokens.at(-1), ')');
  const [verb, ...rest] = isWrapped ? tokens.slice(2, -1) : tokens;
  if (verb?.kind !== 'word' || (isWrapped && !isWord(verb, 'SELECT')))
    throw unclear('it starts with no verb');
  switch (verb.text.toUpperCase()) {
    case 'SELECT':
      return readSelect(rest);
    case 'INSERT':
      return { action: 'PartiQLInsert', ...readTarget(after(rest, 'INTO'), ['VALUE']) };
    case 'UPDATE':
      return { action: 'PartiQLUpdate', ...readTarget(rest, ['SET', 'REMOVE']) };
    case 'DELETE':
      return { action: 'PartiQLDelete', ...readTarget(after(rest, 'FROM'), ['WHERE']) };
    default:
      throw unclear(`${printable(verb.text)} is none of SELECT, INSERT, UPDATE and DELETE`);
  }
}

/** 8,192 characters (DynamoDB API reference, ExecuteStatement), each of up to two units. */
const longest = 2 * 8_192;

interface Token {
  readonly kind: 'word' | 'name' | 'literal' | 'mark';
  readonly text: string;
}

const pattern =
  /\s+|(?<name>"(?:[^"\\\x00-\x1f]|"")*")|(?<literal>'(?:[^']|'')*'|\d+(?:\.\d+)?(?:[eE][+-]?\d+)?(?!\w))|(?<word>[A-Za-z_]\w*)|(?<mark><<|>>|<>|<=|>=|!=|\|\||[-?*,.()[\]{}:=<>+/])/y;

function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  pattern.lastIndex = 0;
  for (let at = 0; at < text.length; at = pattern.lastIndex) {
    if (text.startsWith('--', at) || text.startsWith('/*', at)) throw unclear('it has a comment');
    const groups = pattern.exec(text)?.groups;
    if (groups === undefined) throw unclear(`it has ${printable(text.slice(at, at + 1))}`);
    const kind = kinds.find((candidate) => groups[candidate] !== undefined);
    if (kind !== undefined) tokens.push({ kind, text: groups[kind] ?? '' });
  }
  return tokens;
}

const kinds = ['word', 'name', 'literal', 'mark'] as const;

function readSelect(tokens: readonly Token[]): Statement {
  const from = tokens.findIndex((token) => isWord(token, 'FROM'));
  if (from < 1) throw unclear('it selects from no table');
  refuseStatements(tokens.slice(0, from));
  return { action: 'PartiQLSelect', ...readTarget(tokens.slice(from + 1), ['WHERE', 'ORDER', undefined]) };
}

/** A table, perhaps with an index, and one of `followers` behind it; undefined among them is the end. */
function readTarget(
  tokens: readonly Token[],
  followers: readonly (string | undefined)[],
): Pick<Statement, 'table' | 'index'> {
  const table = nameOf(tokens[0]);
  const index = isMark(tokens[1], '.') ? nameOf(tokens[2]) : undefined;
  const rest = tokens.slice(index === undefined ? 1 : 3);
  const [follower] = rest;
  const isFit = followers.some((word) =>
    word === undefined ? follower === undefined : isWord(follower, word),
  );
  if (!isFit) throw unclear(`what follows its table is ${printable(follower?.text ?? 'nothing')}`);
  refuseStatements(rest);
  return { table, ...(index !== undefined && { index }) };
}

/** Every name in double quotes, and of the others those that are no word of the language. */
function nameOf(token: Token | undefined): string {
  const text = token?.kind === 'name' ? token.text.slice(1, -1).replaceAll('""', '"') : token?.text;
  const isName = token?.kind === 'name' ? /^[\w.:/-]+$/ : /^[A-Za-z_]\w*$/;
  if (text === undefined || !isName.test(text) || (token?.kind === 'word' && isGrammar(token))) {
    throw unclear(`${printable(text ?? 'nothing')} stands where its table should`);
  }
  return text;
}

function refuseStatements(tokens: readonly Token[]): void {
  const second = tokens.find(isReserved);
  if (second !== undefined) throw unclear(`it has a ${second.text} in it`);
}

function isGrammar(token: Token): boolean {
  return (
    isReserved(token) ||
    /^(?:SET|REMOVE|WHERE|VALUE|VALUES|ORDER|BY|EXISTS|AS|IF|NOT|RETURNING|ALL|AND|OR|IN|IS|ON|LIKE|BETWEEN|ASC|DESC|NULL|MISSING|TRUE|FALSE)$/i.test(
      token.text,
    )
  );
}

/** Words that begin another statement or name another table. */
function isReserved({ kind, text }: Token): boolean {
  return (
    kind === 'word' &&
    /^(?:SELECT|INSERT|INTO|UPDATE|DELETE|UPSERT|REPLACE|FROM|JOIN|UNION|INTERSECT|EXCEPT|EXEC|CREATE|DROP|UNPIVOT|WITH|LET)$/i.test(
      text,
    )
  );
}

function after(tokens: readonly Token[], word: string): readonly Token[] {
  if (!isWord(tokens[0], word)) throw unclear(`it has no ${word}`);
  return tokens.slice(1);
}

function isWord(token: Token | undefined, word: string): boolean {
  return token?.kind === 'word' && token.text.toUpperCase() === word;
}

function isMark(token: Token | undefined, mark: string): boolean {
  return token?.kind === 'mark' && token.text === mark;
}

function unclear(why: string): PaiError {
  return new PaiError(
    'malformed_request',
    `the PartiQL statement cannot be judged: ${why}; send one plain SELECT, INSERT, UPDATE or DELETE on one table`,
  );
}
