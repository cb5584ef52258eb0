import { type AgentRequest, printable, readForm } from '@pai/core';
import { unreadable } from './refuse.ts';

/** The parameters of a query, decoded, by name in lower case: Azure's services compare names without case. */
export type Query = ReadonlyMap<string, string>;

/** Which parameters a service reads. */
export interface QueryRules {
  /** In lower case; any other one is refused, since it might mean something tomorrow. Default: every name is taken. */
  readonly known?: ReadonlySet<string>;
  /** Those that may come more than once; the last one is kept. */
  readonly repeated?: ReadonlySet<string>;
}

/** What a shared access signature adds to the query of storage (Azure Storage, "Create a service SAS", "… user delegation SAS"). */
const signatureNames: ReadonlySet<string> = new Set(
  'sig sv ss srt sp st se spr sip sr si sdd saoid suoid scid skoid sktid skt ske sks skv skdutid sduoid ses rscc rscd rsce rscl rsct tn spk srk epk erk srh srq'.split(
    ' ',
  ),
);

const nothing: Query = new Map();

/**
 * Reads the query of a request. Throws `malformed_request` for a parameter that comes twice, in whatever case, and for
 * one that is not known where `known` lists those that are; the parameters of a signature are left out where there is one.
 */
export function readQuery({ query }: Pick<AgentRequest, 'query'>, rules: QueryRules = {}): Query {
  if (query === '') return nothing;
  const pairs = readForm(query).map(([name, value]) => [name.toLowerCase(), value] as const);
  const isSigned = pairs.some(([name]) => name === 'sig');
  const found = new Map<string, string>();
  for (const [name, value] of pairs) {
    if (isSigned && signatureNames.has(name)) continue;
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
