import type { Redactor } from '@pai/core';
import { maskText } from '../redact/text.ts';

/** Takes what a program says for people. */
export interface ErrorLog {
  /** Bytes of its standard error. */
  readonly read: (chunk: Buffer) => void;
  /** One sentence of ours about it. */
  readonly say: (text: string) => void;
}

/** What an error log is made from. */
export interface ErrorLogOptions {
  /** Stands in front of every line. */
  readonly name: string;
  readonly redactor: Redactor | undefined;
  readonly log: (line: string) => void;
  readonly now: () => number;
}

/** Most characters of a line, and lines in one span of milliseconds. What is more is left out, and counted. */
const longest = 1_000;
const mostLines = 50;
const span = 5_000;

/** Passes a program's lines on without its credentials, without control characters, and no more than people can read. */
export function createErrorLog({ name, redactor, log, now }: ErrorLogOptions): ErrorLog {
  let begun = Number.NEGATIVE_INFINITY;
  let count = 0;
  const write = (text: string) => {
    if (now() - begun > span) {
      if (count > mostLines) log(`${name}: ${count - mostLines} lines of its program were left out`);
      begun = now();
      count = 0;
    }
    count += 1;
    if (count > mostLines) return;
    const safe = text.replace(/\p{C}/gu, '?');
    log(`${name}: ${safe.length > longest ? `${safe.slice(0, longest)}…` : safe}`);
  };
  // All of it goes through one search, so that no line's end hides a credential.
  const content = redactor?.content();
  let line = '';
  let isCut = false;
  const takeText = (text: string) => {
    const [first = '', ...others] = text.split('\n');
    const add = (piece: string) => {
      if (line.length <= longest) line += piece;
      else isCut = true;
    };
    add(first);
    for (const other of others) {
      if (line.trim() !== '' || isCut) write(line.trimEnd());
      line = '';
      isCut = false;
      add(other);
    }
  };
  return {
    say: (text) => write(redactor === undefined ? text : maskText(text, redactor).text),
    read: (chunk) => takeText((content?.push(chunk) ?? chunk).toString('utf8')),
  };
}
