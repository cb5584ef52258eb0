/**
 * Every way Pai refuses or fails, with the HTTP status an agent sees for it. The codes are public API: they stay
 * when a message is reworded. A code that no request can cause has status 500.
 */
export const errorStatus = {
  // the request itself
  malformed_request: 400,
  access_key_refused: 401,
  request_denied: 403,
  plain_http_refused: 403,
  placeholder_misplaced: 403,
  origin_refused: 403,
  upgrade_refused: 403,
  nothing_here: 404,
  session_unknown: 404,
  method_refused: 405,
  agent_timeout: 408,
  body_too_large: 413,
  target_too_long: 414,
  misdirected_request: 421,
  limit_reached: 429,
  headers_too_large: 431,
  // where it would go
  egress_denied: 403,
  destination_forbidden: 403,
  provider_detached: 403,
  credential_unavailable: 502,
  credential_refused: 502,
  upstream_unreachable: 502,
  upstream_untrusted: 502,
  upstream_protocol: 502,
  response_redacted: 502,
  upstream_timeout: 504,
  overloaded: 503,
  program_unavailable: 503,
  plugin_failed: 503,
  audit_unavailable: 503,
  // configuration, state and the command line
  config_invalid: 500,
  secret_invalid: 500,
  secret_missing: 500,
  plugin_unknown: 500,
  resource_missing: 500,
  state_corrupt: 500,
  state_unwritable: 500,
  address_in_use: 500,
  login_failed: 500,
  usage: 500,
  internal: 500,
} as const satisfies Record<string, number>;

/** A stable, machine-readable name for one kind of refusal or failure. */
export type ErrorCode = keyof typeof errorStatus;

/**
 * The one error type of Pai. Compare `code`, never the message and never `instanceof` across packages. `cause` keeps
 * the original for the log and is never shown to an agent.
 */
export class PaiError extends Error {
  readonly code: ErrorCode;
  readonly status: number;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'PaiError';
    this.code = code;
    this.status = errorStatus[code];
  }
}

/**
 * The Pai error that was thrown, of whatever copy of this package; anything else becomes `code` with `message`, so that
 * no detail leaks.
 */
export function toPaiError(thrown: unknown, message: string, code: ErrorCode = 'internal'): PaiError {
  return isPaiError(thrown) ? thrown : new PaiError(code, message, { cause: thrown });
}

/** Whether something thrown is a Pai error, of whatever copy of this package. */
export function isPaiError(thrown: unknown): thrown is PaiError {
  if (!(thrown instanceof Error)) return false;
  const { code, status } = thrown as Partial<PaiError>;
  return code !== undefined && Object.hasOwn(errorStatus, code) && status === errorStatus[code];
}
