import {
  type Action,
  formatAuthority,
  PaiError,
  type Parameter,
  parseAuthority,
  singleValue,
} from '@pai/core';

/**
 * What setting a webhook does, by the host that all updates would go to. An empty `url` takes the webhook away. Throws
 * `malformed_request` for what is no plain HTTPS URL, and for a fixed address.
 */
export function webhookAction(parameters: readonly Parameter[]): Action {
  const name = 'setWebhook';
  const address = singleValue(parameters, 'ip_address');
  const url = singleValue(parameters, 'url') ?? '';
  if (url === '') return { name };
  const [, authority] = /^https:\/\/([^\s/?#\\@]+)(?:[/?#][^\s\\]*)?$/i.exec(String(url)) ?? [];
  if (typeof url === 'string' && authority !== undefined && address === undefined) {
    return { name, resource: formatAuthority(parseAuthority(authority, 443)) };
  }
  throw new PaiError(
    'malformed_request',
    'the webhook has no plain https URL, or a fixed ip_address; send a URL with a host name and nothing else',
  );
}
