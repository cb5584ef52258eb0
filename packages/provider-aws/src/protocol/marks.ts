import { type AgentRequest, fieldKey, PaiError, printable, readForm } from '@pai/core';
import type { Field } from '../reading.ts';

/** What a request says outside its content about which operation it asks for. */
export interface Marks {
  /** The values of `X-Amz-Target`. */
  readonly targets: readonly string[];
  /** The values of `Smithy-Protocol`. */
  readonly protocols: readonly string[];
  /** The parameters of the query, without those of a signature. */
  readonly query: readonly Field[];
}

/**
 * Most parameters of a query or a form. A list of the query protocols takes one an item, and a thousand items are no
 * rarity.
 */
export const mostFields = 20_000;

/**
 * Reads the marks of a request. Throws `malformed_request` for a field whose name some servers take for one of them, and
 * for a header that a presigned URL has moved into the query: no operation is read there.
 */
export function readMarks({ headers, query }: Pick<AgentRequest, 'headers' | 'query'>): Marks {
  const targets: string[] = [];
  const protocols: string[] = [];
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] as string;
    const values = marksByKey(fieldKey(name), targets, protocols);
    if (values === undefined) continue;
    if (name.includes('_')) throw unclear(`the header ${printable(name)} can be taken for one with dashes`);
    values.push(headers[i + 1] as string);
  }
  return { targets, protocols, query: query === '' ? [] : readQuery(query) };
}

function marksByKey(key: string, targets: string[], protocols: string[]): string[] | undefined {
  if (key === 'x-amz-target') return targets;
  return key === 'smithy-protocol' ? protocols : undefined;
}

function readQuery(query: string): Field[] {
  return readForm(query, mostFields).filter(([name]) => {
    const key = name.toLowerCase();
    if (signatureParameters.has(key)) return false;
    if (!key.startsWith('x-amz-') && key !== 'smithy-protocol') return true;
    throw unclear(`the query has ${printable(name)}; send it as a header`);
  });
}

/** Query parameters of Signature Version 4 (AWS General Reference), and two that older SDKs move there. */
const signatureParameters: ReadonlySet<string> = new Set(
  [
    'x-amz-algorithm x-amz-credential x-amz-date x-amz-expires x-amz-signedheaders x-amz-signature',
    'x-amz-region-set x-amz-security-token x-amz-content-sha256 x-amz-user-agent',
  ].flatMap((line) => line.split(' ')),
);

/** The error of a request that has no one reading. */
export function unclear(reason: string): PaiError {
  return new PaiError('malformed_request', reason);
}
