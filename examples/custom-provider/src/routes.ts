/**
 * What each request does: method and path to the name of an action. `{…}` is one segment, an id. What is not here is
 * not known, and is refused. From https://docs.stripe.com/api.
 */
export const routes: Readonly<Record<string, string>> = {
  'GET /v1/account': 'account:read',
  'GET /v1/balance': 'balance:read',
  'GET /v1/charges': 'charges:list',
  'GET /v1/charges/search': 'charges:search',
  'GET /v1/charges/{id}': 'charges:read',
  'POST /v1/charges': 'charges:create',
  'POST /v1/charges/{id}': 'charges:update',
  'POST /v1/charges/{id}/capture': 'charges:capture',
  'GET /v1/customers': 'customers:list',
  'GET /v1/customers/search': 'customers:search',
  'GET /v1/customers/{id}': 'customers:read',
  'POST /v1/customers': 'customers:create',
  'POST /v1/customers/{id}': 'customers:update',
  'DELETE /v1/customers/{id}': 'customers:delete',
  'GET /v1/invoices': 'invoices:list',
  'GET /v1/invoices/{id}': 'invoices:read',
  'POST /v1/invoices': 'invoices:create',
  'POST /v1/invoices/{id}/pay': 'invoices:pay',
  'GET /v1/payment_intents': 'payment_intents:list',
  'GET /v1/payment_intents/{id}': 'payment_intents:read',
  'POST /v1/payment_intents': 'payment_intents:create',
  'POST /v1/payment_intents/{id}/cancel': 'payment_intents:cancel',
  'POST /v1/payment_intents/{id}/confirm': 'payment_intents:confirm',
  'GET /v1/products': 'products:list',
  'POST /v1/products': 'products:create',
  'GET /v1/refunds': 'refunds:list',
  'POST /v1/refunds': 'refunds:create',
  'POST /v1/transfers': 'transfers:create',
};
