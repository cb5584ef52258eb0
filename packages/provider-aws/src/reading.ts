import type { ReadonlyRawHeaders } from '@pai/core';
import type { OperationModel, ServiceModel } from './model.ts';

/** What a request asks for, in its one reading. */
export interface Reading {
  readonly model: ServiceModel;
  /** Of an operation that the model does not know: the wire's name as its only action, and no rules for resources. */
  readonly operation: OperationModel;
  readonly isKnown: boolean;
  readonly input: Input;
}

/** What a request hands to its operation, by the place where it stands. */
export interface Input {
  /** Values of the path template's labels, decoded, by member name. Empty for the RPC protocols. */
  readonly labels: ReadonlyMap<string, string>;
  /** Every parameter of the query, decoded, in order, without those of a signature. Of the query protocols it is in the content. */
  readonly query: readonly Field[];
  readonly headers: ReadonlyRawHeaders;
  /**
   * The content, read when first asked for. Throws `malformed_request` when it has no one reading: no JSON, a repeated
   * key, an unknown `content-encoding`.
   */
  readonly content: () => Promise<Content>;
}

/** A parameter of a query or a form, decoded. */
export type Field = readonly [name: string, value: string];

/**
 * Content in the shapes of JSON: `undefined` when there is none; CBOR as `readCbor` gives it, a form as `readFields` does.
 * Or why it was not read: it is too large, or XML.
 */
export type Content = { readonly value: unknown } | { readonly unread: string };
