import { type Authority, formatAuthority, PaiError, parseAuthority, printable } from '@pai/core';

/** What a connection has already said about whom it is for. */
export interface ConnectionAuthority {
  /** From SNI or CONNECT; undefined when neither named a host. */
  readonly host: string | undefined;
  /** Another host that the connection named too: nothing on it can be trusted. */
  readonly conflict?: string;
  /** The port a request means when it names none. */
  readonly port: number;
  /** A port that a request may name in place of `port`: the one this door listens on. */
  readonly alias?: number;
  /** Why every request on it is refused. */
  readonly refusal?: PaiError;
}

/** Every place where one request names its host. */
export interface NamedAuthorities {
  /** Values of the `Host` fields. */
  readonly hosts: readonly string[];
  /** From an absolute-form target or `:authority`. */
  readonly target?: string | undefined;
}

/**
 * The one authority that the connection and the request agree on. Throws the connection's `refusal` if it has one, `malformed_request` when the request does not
 * name exactly one host, `misdirected_request` when two places name different ones (RFC 9110 section 7.4).
 */
export function agreeOnAuthority(connection: ConnectionAuthority, named: NamedAuthorities): Authority {
  if (isPlain(connection, named)) return { host: connection.host as string, port: connection.port };
  if (named.hosts.length > 1)
    throw new PaiError('malformed_request', 'the request has more than one Host field');
  const texts = [...named.hosts, ...(named.target === undefined ? [] : [named.target])];
  const [first, ...others] = texts.map((text) => parseAuthority(text, connection.port));
  if (first === undefined) throw new PaiError('malformed_request', 'the request has no Host field');
  const mismatch = others.find((other) => formatAuthority(other) !== formatAuthority(first));
  if (mismatch !== undefined) throw misdirected(first, mismatch);
  if (connection.host === undefined) {
    throw new PaiError(
      'misdirected_request',
      'the TLS connection named no host (SNI); send the host name in the handshake',
    );
  }
  if (connection.refusal !== undefined) throw connection.refusal;
  const expected = { host: connection.host, port: connection.port };
  if (connection.conflict !== undefined)
    throw misdirected(expected, { ...expected, host: connection.conflict });
  const port = first.port === connection.alias ? connection.port : first.port;
  if (first.host !== expected.host || port !== expected.port)
    throw misdirected(expected, { host: first.host, port });
  return expected;
}

/** Nearly every request names the host of its connection, letter by letter, and nothing else. */
function isPlain(
  { host, refusal, conflict }: ConnectionAuthority,
  { hosts, target }: NamedAuthorities,
): boolean {
  if (refusal !== undefined || conflict !== undefined || host === undefined) return false;
  return target === undefined
    ? hosts.length === 1 && hosts[0] === host
    : hosts.length === 0 && target === host;
}

function misdirected(one: Authority, other: Authority): PaiError {
  const remedy =
    one.host === other.host
      ? 'connect to the port that the request names, or name that of the connection'
      : 'open a connection of its own for each host';
  const [first, second] = [one, other].map((authority) => printable(formatAuthority(authority)));
  const message = `the connection is for ${first} but the request is for ${second}; ${remedy}`;
  return new PaiError('misdirected_request', message);
}
