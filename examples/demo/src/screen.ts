import type { Edited } from './edit-policy.ts';
import type { Exchange } from './exchange.ts';
import type { Scene } from './scenes.ts';
import type { Received } from './service.ts';

const width = 100;
const margin = 18;

const hasColour = process.stdout.isTTY === true && (process.env['NO_COLOR'] ?? '') === '';

/** Writes one line. */
export function say(line = ''): void {
  process.stdout.write(`${line}\n`);
}

/** Writes the title of a scene and what it is about. */
export function showTitle({ title, story }: Scene, number: number, count: number): void {
  const head = `-- ${number} of ${count}: ${title} `;
  say();
  say(paint('1', head.padEnd(width, '-')));
  say(story);
}

/** Writes an edit of the policy and how long it took. */
export function showEdit({ diff, milliseconds }: Edited): void {
  say();
  row('policy edit', diff);
  row('', [`serving ${milliseconds} ms after \`pai apply\` was started, without a restart`]);
}

/** Writes what the agent sent, what the service received, what came back and the audit line. */
export function showExchange(exchange: Exchange): void {
  const { command, sent, received, status, result, audit } = exchange;
  say();
  row('agent runs', wrap(command));
  row('agent sent', sent);
  row('service received', received.length === 0 ? ['nothing'] : received.flatMap(receivedLines));
  row('came back', wrap(`${status}  ${shorten(result)}`));
  row(
    'audit line',
    audit.length === 0 ? ['none: Pai was not asked'] : audit.flatMap((event) => wrap(JSON.stringify(event))),
  );
}

/** Writes whether a step went as expected. */
export function showOutcome(wrong: readonly string[]): void {
  if (wrong.length === 0) return row('', [paint('32', 'as expected')]);
  for (const line of wrong) row('', [paint('31', `NOT AS EXPECTED: ${line}`)]);
}

function receivedLines({ method, path, authorization, isRealToken }: Received): string[] {
  const shown = isRealToken ? mask(authorization ?? '') : (authorization ?? '(none)');
  return [
    `${method} ${path}`,
    `authorization: ${shown}`,
    `real token: ${isRealToken ? paint('32', 'yes') : paint('31', 'no')}`,
  ];
}

/** The scheme and the first characters of a real credential, and no more. */
function mask(authorization: string): string {
  return `${authorization.slice(0, 'Bearer ghp_9f'.length)}… (the real token)`;
}

function shorten(text: string): string {
  return text.length <= 400 ? text : `${text.slice(0, 400)}…`;
}

function row(name: string, lines: readonly string[]): void {
  lines.forEach((line, i) => {
    say(`  ${paint('36', (i === 0 ? name : '').padEnd(margin))}${line}`);
  });
}

/** Breaks a text where a space or a comma allows it, and anywhere when a line has none, so that it fits beside the margin. */
function wrap(text: string): string[] {
  const room = width - margin - 2;
  const lines: string[] = [];
  let rest = text;
  while (rest.length > room) {
    const at = Math.max(rest.lastIndexOf(' ', room - 1), rest.lastIndexOf(',', room - 1)) + 1;
    const end = at > 0 ? at : room;
    lines.push(rest.slice(0, end).trimEnd());
    rest = rest.slice(end);
  }
  return [...lines, rest];
}

function paint(code: string, text: string): string {
  return hasColour ? `\x1b[${code}m${text}\x1b[0m` : text;
}
