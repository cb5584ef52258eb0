/**
 * One segment of a path template: `one` is a value, with digits only where it is a number, and with an escaped slash only
 * where it has one; `many` is all that is left, at the end. `written` is text as the type spells it.
 */
export type Part =
  | { readonly kind: 'static'; readonly text: string; readonly written: string }
  | {
      readonly kind: 'one';
      readonly name: string;
      readonly ending: string;
      readonly written: string;
      readonly isNumber: boolean;
      readonly hasSlash: boolean;
    }
  | { readonly kind: 'many'; readonly name: string };

/** Reads a path template: its parts, or why it is none. Static text is in lower case, as it is compared. */
export function readTemplate(template: string): readonly Part[] | string {
  const trimmed = template.replace(/^\/|\/$/g, '');
  const parts = trimmed === '' ? [] : trimmed.split('/').map(readPart);
  const wrong = parts.find((part) => typeof part === 'string');
  if (wrong !== undefined) return wrong;
  const read = parts as readonly Part[];
  if (read.slice(0, -1).some(({ kind }) => kind === 'many')) return '{name+} stands at the end only';
  const names = read.flatMap((part) => (part.kind === 'static' ? [] : [part.name]));
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  return twice === undefined ? read : `{${twice}} stands in it twice`;
}

function readPart(text: string): Part | string {
  if (text === '') return 'it has an empty segment';
  if (/^\.\.?(?:;|$)/.test(text)) return `${text} is a dot segment`;
  const [, name, mark = '', ending = ''] =
    /^\{([A-Za-z_][\w-]*)(\+|:int|:slash)?\}([.:][^{}]*)?$/.exec(text) ?? [];
  if (name === undefined) {
    return /[{}\\]/.test(text)
      ? `${text} is neither text nor {name}, {name:int}, {name:slash}, {name}.ending, {name}:ending or {name+}`
      : { kind: 'static', text: text.toLowerCase(), written: text };
  }
  if (mark !== '+') {
    const marks = { isNumber: mark === ':int', hasSlash: mark === ':slash' };
    return { kind: 'one', name, ending: ending.toLowerCase(), written: ending, ...marks };
  }
  return ending === '' ? { kind: 'many', name } : '{name+} has no ending';
}

/** The values of a template's names in the segments of a path, or undefined when they do not fit. `isExact`: with case. */
export function valuesIn(
  parts: readonly Part[],
  segments: readonly string[],
  isExact = false,
): ReadonlyMap<string, string> | undefined {
  const values = new Map<string, string>();
  const isLong = parts.at(-1)?.kind === 'many';
  if (isLong ? segments.length < parts.length : segments.length !== parts.length) return undefined;
  for (const [i, part] of parts.entries()) {
    const segment = segments[i] ?? '';
    if (isExact && part.kind !== 'many' && !segment.endsWith(part.written)) return undefined;
    if (part.kind === 'many') {
      const rest = segments.slice(i);
      if (rest.some(hasEscapedSlash)) return undefined;
      values.set(part.name, rest.join('/'));
    } else if (part.kind === 'static') {
      if (segment.toLowerCase() !== part.text) return undefined;
    } else {
      const value = valueIn(segment, part);
      if (value === undefined) return undefined;
      values.set(part.name, value);
    }
  }
  return values;
}

/** What stands for the name of a part in a segment, or undefined when it does not fit. */
export function valueIn(
  segment: string,
  { ending, isNumber, hasSlash }: Extract<Part, { kind: 'one' }>,
): string | undefined {
  if (segment.length <= ending.length || !segment.toLowerCase().endsWith(ending)) return undefined;
  const value = segment.slice(0, segment.length - ending.length);
  if (!hasSlash && hasEscapedSlash(value)) return undefined;
  return isNumber && !/^\d+$/.test(value) ? undefined : value;
}

/** Whether a segment, as `readPath` gives it, was sent with an escaped slash: many servers part the path there. */
export function hasEscapedSlash(segment: string): boolean {
  return segment.includes('%2F');
}

/** The names in braces in the template of a resource. */
export function namesIn(template: string): readonly string[] {
  return [...template.matchAll(/\{([^{}]*)\}/g)].map(([, name = '']) => name);
}
