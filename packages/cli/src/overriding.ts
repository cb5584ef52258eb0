/** Variables by which clients pass over what an agent is given: CAs that win over the bundle, a proxy for everything, no checks at all. */
export const overridingVariables: ReadonlySet<string> = new Set([
  'AWS_CA_BUNDLE',
  'SSL_CERT_DIR',
  'ALL_PROXY',
  'all_proxy',
  'NODE_TLS_REJECT_UNAUTHORIZED',
]);
