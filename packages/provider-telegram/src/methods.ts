import { telegramAliases, telegramMethods, telegramPlainArguments } from './methods.generated.ts';

const rows = linesOf(telegramMethods).map(([name = '', ...naming]) => ({ name, naming }));

/** The server knows these by a second name, and the list of methods does not: https://core.telegram.org/bots/api-changelog. */
const olderNames = [['setStickerSetThumb', 'setStickerSetThumbnail']];

/** Methods that have two names: the other name, then the canonical one. */
export const aliases: readonly (readonly string[])[] = [...linesOf(telegramAliases), ...olderNames];

const canonical = new Map(
  [...rows.map(({ name }) => [name, name]), ...aliases].map(([from = '', to = '']) => [
    from.toLowerCase(),
    to,
  ]),
);

const naming = new Map(rows.map((row) => [row.name, row.naming]));

const plainArguments = new Set(linesOf(telegramPlainArguments).flat());

/** The one name of a method: the server reads methods without regard to case. An unknown one stays as written. */
export function canonicalMethod(written: string): string {
  return canonical.get(written.toLowerCase()) ?? written;
}

/** Every method of the Bot API by its one name. */
export const methodNames: readonly string[] = rows.map(({ name }) => name);

/** The arguments of a method that name a chat, or hold an object that can; undefined for an unknown method. */
export function argumentsWithChats(method: string): readonly string[] | undefined {
  return naming.get(method);
}

/** Whether an argument is text, a number or a truth value in every method. */
export function isPlainArgument(name: string): boolean {
  return plainArguments.has(name);
}

function linesOf(table: string): string[][] {
  return table
    .trim()
    .split('\n')
    .map((line) => line.split(' '));
}
