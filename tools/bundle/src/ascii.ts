/**
 * JavaScript in ASCII: V8 keeps a source with any other character at two bytes for each. The escapes mean the same in
 * strings, templates and regular expressions. Throws for the one place where they do not.
 */
export function toAscii(code: string): string {
  if (code.includes('String.raw'))
    throw new Error('String.raw would show the escapes; write an ordinary template');
  return code.replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
