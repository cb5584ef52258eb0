/** Says whether a text fits one compiled pattern. */
export type Matcher = (text: string) => boolean;

/** A piece of a pattern: literal text, one of the three wildcards, or one character of any kind. */
export type Token =
  | { readonly literal: string }
  /** `run` is any run of characters; `part` any run without a character of `barriers`; `one` exactly one character. */
  | { readonly wildcard: 'run' | 'part' | 'one' };

/**
 * Compiles tokens to a matcher whose work grows with the length of the text and never explodes, whatever the text. `barriers` are the characters that `part` does not cross.
 */
export function compileTokens(tokens: readonly Token[], barriers: string): Matcher {
  const [first, second, third] = tokens;
  if (first === undefined) return (text) => text === '';
  if (tokens.length === 1) return compileSingle(first) ?? compileGeneral(tokens, barriers);
  if (tokens.length === 2 && second !== undefined && 'literal' in first && isRun(second)) {
    return (text) => text.startsWith(first.literal);
  }
  if (tokens.length === 2 && second !== undefined && 'literal' in first && isPart(second)) {
    return compileLastPart(first.literal, barriers);
  }
  if (tokens.length === 2 && second !== undefined && isRun(first) && 'literal' in second) {
    return (text) => text.endsWith(second.literal);
  }
  if (tokens.length === 3 && second !== undefined && third !== undefined && isRun(first) && isRun(third)) {
    if ('literal' in second) return (text) => text.includes(second.literal);
  }
  return compileGeneral(tokens, barriers);
}

function compileSingle(token: Token): Matcher | undefined {
  if ('literal' in token) return (text) => text === token.literal;
  return isRun(token) ? () => true : undefined;
}

function isRun(token: Token): boolean {
  return 'wildcard' in token && token.wildcard === 'run';
}

function isPart(token: Token): boolean {
  return 'wildcard' in token && token.wildcard === 'part';
}

/** The most frequent pattern of paths and repositories: `/v1/items/*`, `owner/*`. */
function compileLastPart(literal: string, barriers: string): Matcher {
  return (text) => {
    if (!text.startsWith(literal)) return false;
    for (let i = literal.length; i < text.length; i += 1)
      if (barriers.includes(text[i] as string)) return false;
    return true;
  };
}

const codes = { part: -1, run: -2, one: -3 } as const;

// The literals go first: they tell nearly every text that does not fit, and cost next to nothing. The rest is made when
// a text first gets past them: of a thousand policies, most are never asked.
function compileGeneral(tokens: readonly Token[], barriers: string): Matcher {
  const head = literalOf(tokens[0]);
  const tail = literalOf(tokens.at(-1));
  const inner = tokens.slice(1, -1).flatMap((token) => ('literal' in token ? [token.literal] : []));
  let pattern: Int32Array | undefined;
  const barrierCodes = new Set(charCodes(barriers));
  return (text) => {
    if (!text.startsWith(head) || !text.endsWith(tail) || !hasInOrder(text, head.length, inner)) return false;
    pattern ??= Int32Array.from(
      tokens.flatMap((token) => ('literal' in token ? charCodes(token.literal) : [codes[token.wildcard]])),
    );
    return matchCodes(pattern, text, barrierCodes);
  };
}

function hasInOrder(text: string, from: number, literals: readonly string[]): boolean {
  let at = from;
  for (const literal of literals) {
    const found = text.indexOf(literal, at);
    if (found === -1) return false;
    at = found + literal.length;
  }
  return true;
}

/** The text of a token that is literal, else nothing. */
export function literalOf(token: Token | undefined): string {
  return token !== undefined && 'literal' in token ? token.literal : '';
}

function charCodes(text: string): number[] {
  return Array.from({ length: text.length }, (_, i) => text.charCodeAt(i));
}

/**
 * Greedy matching with one place to go back to for the last `part` and one for the last `run`. When the parts after a
 * run have failed, every later start before the same barrier would fail in the same way, so the run jumps to it.
 */
function matchCodes(pattern: Int32Array, text: string, barriers: ReadonlySet<number>): boolean {
  let p = 0;
  let t = 0;
  let partP = -1;
  let partT = 0;
  let runP = -1;
  let runT = 0;
  for (;;) {
    const code = pattern[p];
    if (code === codes.run) {
      runP = ++p;
      runT = t;
      partP = -1;
      continue;
    }
    if (code === codes.part) {
      partP = ++p;
      partT = t;
      continue;
    }
    if (t === text.length && code === undefined) return true;
    if (t < text.length && (code === codes.one || code === text.charCodeAt(t))) {
      p++;
      t++;
      continue;
    }
    if (partP !== -1 && partT < text.length && !barriers.has(text.charCodeAt(partT))) {
      t = ++partT;
      p = partP;
      continue;
    }
    if (runP === -1 || runT >= text.length) return false;
    runT = partP === -1 ? runT + 1 : nextStart(pattern, text, barriers, runP, runT);
    t = runT;
    p = runP;
    partP = -1;
  }
}

function nextStart(
  pattern: Int32Array,
  text: string,
  barriers: ReadonlySet<number>,
  runP: number,
  runT: number,
): number {
  let length = 0;
  while (isCharacter(pattern[runP + length])) length++;
  let barrier = runT + length;
  while (barrier < text.length && !barriers.has(text.charCodeAt(barrier))) barrier++;
  return barrier - length + 1;
}

function isCharacter(code: number | undefined): boolean {
  return code !== undefined && code !== codes.part && code !== codes.run;
}
