import type { Denial, LocalResponse } from '@pai/core';
import type { ProviderTypeSpec } from './schema.ts';

type Shape = NonNullable<ProviderTypeSpec['denial']>;

/** Words denials and refusals in the shape that a type declares. */
export function createDeny({ status = 403, contentType, body }: Shape): (denial: Denial) => LocalResponse {
  const isText = typeof body === 'string';
  const type = contentType ?? (isText ? 'text/plain; charset=utf-8' : 'application/json; charset=utf-8');
  return (denial) => {
    const shown = denial.decision === 'deny' ? status : denial.status;
    const filled = fill(body, { ...denial, status: shown }, isText ? escaperOf(type) : asItIs);
    return {
      status: shown,
      headers: ['content-type', type],
      body: typeof filled === 'string' ? filled : JSON.stringify(filled),
    };
  };
}

type Escape = (text: string) => string;

const asItIs: Escape = (text) => text;

/** What stands in a text must not be read as a part of it: a denial names what the agent sent. */
function escaperOf(type: string): Escape {
  if (/json/i.test(type)) return (text) => JSON.stringify(text).slice(1, -1);
  if (!/xml|html|svg/i.test(type)) return asItIs;
  return (text) => text.replaceAll(/[<>&"']/g, (mark) => entities[mark] ?? '');
}

const entities: Readonly<Record<string, string>> = {
  '<': '&lt;',
  '>': '&gt;',
  '&': '&amp;',
  '"': '&quot;',
  "'": '&#39;',
};

function fill(value: unknown, denial: Denial, write: Escape): unknown {
  if (typeof value === 'string') return fillText(value, denial, write);
  if (Array.isArray(value)) return value.map((item) => fill(item, denial, write));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, fill(member, denial, write)]));
}

/** `{status}` alone is a number. */
function fillText(
  text: string,
  { message, status, rule, requestId }: Denial,
  write: Escape,
): string | number {
  if (text === '{status}') return status;
  const values: Readonly<Record<string, string>> = { message, status: String(status), code: rule, requestId };
  return text.replaceAll(/\{(message|status|code|requestId)\}/g, (_, name: string) =>
    write(values[name] ?? ''),
  );
}
