import { fieldKey, getHeaders, PaiError, type ReadonlyRawHeaders } from '@pai/core';
import { concealAccessKeys, holdsAccessKey } from './access-key.ts';

/** The field for clients whose own credential goes into `Authorization`. */
const ownField = 'x-pai-access-key';

/** What a request says of its key. */
export interface PresentedKey {
  /** As it was sent; undefined: there is none where one belongs, or more than one. */
  readonly text: string | undefined;
  /** The header without it. */
  readonly headers: ReadonlyRawHeaders;
  /** It came in a field that clients take along to wherever they are redirected. */
  readonly isSticky: boolean;
}

/**
 * Takes the key off a request: `Authorization: Bearer KEY` (`token KEY`, as some clients write it), or `X-Pai-Access-Key:
 * KEY`. Throws `access_key_refused` for one that stands anywhere else: it would be logged, or sent on.
 */
export function takeKey(target: string, headers: ReadonlyRawHeaders): PresentedKey {
  if (holdsAccessKey(target)) {
    throw new PaiError(
      'access_key_refused',
      'an access key in a URL is in logs and histories; revoke it, and send another as Authorization: Bearer',
    );
  }
  const own = getHeaders(headers, ownField);
  const [authorization = '', ...others] = getHeaders(headers, 'authorization');
  const [, bearer] = /^(?:bearer|token) +(\S+) *$/i.exec(authorization) ?? [];
  const isSticky = own.length > 0;
  const isOurs = !isSticky || holdsAccessKey(authorization);
  const rest = headers.filter((_, i) => {
    const key = fieldKey(headers[i - (i % 2)] ?? '');
    return key !== fieldKey(ownField) && !(isOurs && key === 'authorization');
  });
  const misplaced = rest.findIndex((text) => holdsAccessKey(text));
  if (misplaced !== -1) {
    const field = concealAccessKeys(rest[misplaced - (misplaced % 2)] ?? '');
    throw new PaiError(
      'access_key_refused',
      `an access key stands in the field ${field}; send it as Authorization: Bearer`,
    );
  }
  const isOne = isSticky ? own.length === 1 : others.length === 0;
  return { text: isOne ? (isSticky ? own[0] : bearer) : undefined, headers: rest, isSticky };
}
