import { isArnOf, type Kind, nameOrArn, written } from './kind.ts';

const aliasName = /^alias\/[A-Za-z0-9:/_-]{1,250}$/;

/**
 * KMS: a key by its id or ARN, or one of its aliases. Which key an alias leads to only KMS knows: the request names the
 * alias, and a scope has to hold that.
 */
const key: Kind = (values, at, template) =>
  values['KeyId']?.startsWith('alias/') === true
    ? alias({ Alias: values['KeyId'] }, at, template)
    : plainKey(values, at, template);

const plainKey = nameOrArn({
  service: 'kms',
  variable: 'KeyId',
  name: /^(?:mrk-)?[A-Za-z0-9-]{1,64}$/,
  resource: /^(?:key\/(?:mrk-)?[A-Za-z0-9-]{1,64}|alias\/[A-Za-z0-9:/_-]{1,250})$/,
  write: (id) => `key/${id}`,
});

const alias: Kind = ({ Alias: name }, at) => {
  if (name === undefined) return [];
  return aliasName.test(name) ? [written('kms', name, at)] : 'unreadable';
};

const secretName = /^[A-Za-z0-9/_+=.@-]{1,512}$/;

/**
 * A secret of Secrets Manager: ARNs end in six characters that the service adds, and a name does not say them. They are written
 * `??????`, so that a pattern has to hold any six: `secret:name-??????`, `secret:name-*`. An ARN that ends in a hyphen and
 * six characters is a whole one, which is how the service takes it.
 */
export const secret: Kind = ({ SecretId: id, SecretName: fresh }, at) => {
  if (id?.startsWith('arn:') === true) {
    if (!isArnOf(id, 'secretsmanager', /^secret:[A-Za-z0-9/_+=.@-]{1,519}$/)) return 'unreadable';
    return [/-[A-Za-z0-9]{6}$/.test(id) ? id : `${id}-??????`];
  }
  const name = id ?? fresh;
  if (name === undefined) return [];
  return secretName.test(name) ? [written('secretsmanager', `secret:${name}-??????`, at)] : 'unreadable';
};

/** Kinds of KMS and Secrets Manager. */
export const secretKinds: Readonly<Record<string, Kind>> = {
  'kms key/${KeyId}': key,
  'kms alias/${Alias}': alias,
  'secretsmanager secret:${SecretId}': secret,
};
