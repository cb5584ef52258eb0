import type { Denial, LocalResponse } from '@pai/core';
import type { ProviderTypeSpec } from './schema.ts';

type Shape = NonNullable<ProviderTypeSpec['denial']>;

/** Words denials and refusals in the shape that a type declares. */
export function createDeny({ status = 403, contentType, body }: Shape): (denial: Denial) => LocalResponse {
  const isText = typeof body === 'string';
  const type = contentType ?? (isText ? 'text/plain; charset=utf-8' : 'application/json; charset=utf-8');
  return (denial) => {
    const shown = denial.decision === 'deny' ? status : denial.status;
    const filled = fill(body, { ...denial, status: shown });
    return {
      status: shown,
      headers: ['content-type', type],
      body: typeof filled === 'string' ? filled : JSON.stringify(filled),
    };
  };
}

function fill(value: unknown, denial: Denial): unknown {
  if (typeof value === 'string') return fillText(value, denial);
  if (Array.isArray(value)) return value.map((item) => fill(item, denial));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, fill(member, denial)]));
}

/** `{status}` alone is a number. */
function fillText(text: string, { message, status, rule, requestId }: Denial): string | number {
  if (text === '{status}') return status;
  const values: Readonly<Record<string, string>> = { message, status: String(status), code: rule, requestId };
  return text.replaceAll(/\{(message|status|code|requestId)\}/g, (_, name: string) => values[name] ?? '');
}
