import { type AgentRequest, printable, readForm } from '@pai/core';
import { foldAscii } from '../fold-ascii.ts';
import { unreadable } from './refuse.ts';

/** The parameters of a query, decoded, by name with A to Z in lower case: Azure's services compare names without case. */
export type Query = ReadonlyMap<string, string>;

/** Which parameters a service reads. */
export interface QueryRules {
  /** In lower case; any other one is refused, since it might mean something tomorrow. Default: every name is taken. */
  readonly known?: ReadonlySet<string>;
  /** Those that may come more than once; the last one is kept. */
  readonly repeated?: ReadonlySet<string>;
}

const nothing: Query = new Map();

/**
 * Reads the query of a request. Throws `malformed_request` for a parameter that comes twice, in whatever case, and for
 * one that is not known where `known` lists those that are.
 */
export function readQuery({ query }: Pick<AgentRequest, 'query'>, rules: QueryRules = {}): Query {
  if (query === '') return nothing;
  const found = new Map<string, string>();
  for (const [given, value] of readForm(query)) {
    const name = foldAscii(given);
    if (found.has(name) && rules.repeated?.has(name) !== true) {
      throw unreadable(`the query has ${printable(name)} twice; send it once`);
    }
    if (rules.known?.has(name) === false) {
      throw unreadable(
        `the query parameter ${printable(name)} is none that the service is known to read; leave it out`,
      );
    }
    found.set(name, value);
  }
  return found;
}
