/** One segment of a path template: `one` is a value with digits only where it is a number; `many` is all that is left, at the end. */
export type Part =
  | { readonly kind: 'static'; readonly text: string }
  | { readonly kind: 'one'; readonly name: string; readonly ending: string; readonly isNumber: boolean }
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
  const [, name, mark = '', ending = ''] = /^\{([A-Za-z_][\w-]*)(\+|:int)?\}([.:][^{}]*)?$/.exec(text) ?? [];
  if (name === undefined) {
    return /[{}\\]/.test(text)
      ? `${text} is neither text nor {name}, {name:int}, {name}.ending, {name}:ending or {name+}`
      : { kind: 'static', text: text.toLowerCase() };
  }
  if (mark !== '+') return { kind: 'one', name, ending: ending.toLowerCase(), isNumber: mark !== '' };
  return ending === '' ? { kind: 'many', name } : '{name+} has no ending';
}

/** The values of a template's names in the segments of a path, or undefined when they do not fit. */
export function valuesIn(
  parts: readonly Part[],
  segments: readonly string[],
): ReadonlyMap<string, string> | undefined {
  const values = new Map<string, string>();
  const isLong = parts.at(-1)?.kind === 'many';
  if (isLong ? segments.length < parts.length : segments.length !== parts.length) return undefined;
  for (const [i, part] of parts.entries()) {
    const segment = segments[i] ?? '';
    if (part.kind === 'many') values.set(part.name, segments.slice(i).join('/'));
    else if (part.kind === 'static') {
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
  { ending, isNumber }: Extract<Part, { kind: 'one' }>,
): string | undefined {
  if (segment.length <= ending.length || !segment.toLowerCase().endsWith(ending)) return undefined;
  const value = segment.slice(0, segment.length - ending.length);
  return isNumber && !/^\d+$/.test(value) ? undefined : value;
}

/** The names in braces in the template of a resource. */
export function namesIn(template: string): readonly string[] {
  return [...template.matchAll(/\{([^{}]*)\}/g)].map(([, name = '']) => name);
}
