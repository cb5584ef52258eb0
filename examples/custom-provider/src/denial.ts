import { type Denial, jsonResponse, type LocalResponse } from '@pai/core';

/** Stripe's own error (https://docs.stripe.com/api/errors), which its SDKs raise and do not try again. */
export function deny({ status, message }: Denial): LocalResponse {
  const type = status >= 500 ? 'api_error' : 'invalid_request_error';
  return jsonResponse(status, { error: { type, message } }, ['stripe-should-retry', 'false']);
}
