import { isArnOf, type Kind, written } from './kind.ts';

const name = /^[A-Za-z0-9_+=,.@-]{1,128}$/;
const path = /^\/(?:[A-Za-z0-9_+=,.@-]+\/)*$/;

/**
 * A kind of IAM whose ARN has a path. A request that creates one gives the path, any other the name alone, which is one of
 * a kind in its account: its ARN is written without a path, and a pattern with a path does not hold it. A new name or path
 * is a second ARN.
 */
function pathed(kind: string, variable: string): Kind {
  const resource = new RegExp(`^${kind}/(?:[A-Za-z0-9_+=,.@-]+/)*[A-Za-z0-9_+=,.@-]{1,128}$`);
  return (values, at) => {
    const { Path: own = '/', NewPath: next, Arn } = values;
    if (Arn !== undefined) return whole(Arn, resource);
    const value = values[variable];
    if (value === undefined) return [];
    const renamed = values[`New${variable}`];
    const places = [[own, value]];
    if (renamed !== undefined || next !== undefined) places.push([next ?? own, renamed ?? value]);
    if (places.some(([at = '', of = '']) => !path.test(at) || !name.test(of))) return 'unreadable';
    return places.map(([at2 = '', of]) => written('iam', `${kind}${at2}${of}`, { ...at, region: '' }));
  };
}

function whole(arn: string, resource: RegExp): ReturnType<Kind> {
  return isArnOf(arn, 'iam', resource) ? [arn] : 'other';
}

const mfa = pathed('mfa', 'VirtualMFADeviceName');

/** A device of hardware has a serial number and no ARN. */
const device: Kind = (values, at, template) => {
  const serial = values['Arn'];
  return serial !== undefined && /^[A-Za-z0-9]{9,256}$/.test(serial) ? 'any' : mfa(values, at, template);
};

const provider = /^oidc-provider\/[A-Za-z0-9.-]+(?:\/[A-Za-z0-9_.~%+=@-]+)*$/;

/** An identity provider is named after its URL, without the scheme. */
const oidc: Kind = ({ Url: url, Arn }, at) => {
  if (Arn !== undefined) return whole(Arn, provider);
  if (url === undefined) return [];
  const resource = `oidc-provider/${/^https:\/\/(.+?)\/?$/.exec(url)?.[1] ?? ''}`;
  return provider.test(resource) ? [written('iam', resource, { ...at, region: '' })] : 'unreadable';
};

/** Kinds of IAM. */
export const identityKinds: Readonly<Record<string, Kind>> = {
  'iam role/${RoleNameWithPath}': pathed('role', 'RoleName'),
  'iam user/${UserNameWithPath}': pathed('user', 'UserName'),
  'iam group/${GroupNameWithPath}': pathed('group', 'GroupName'),
  'iam policy/${PolicyNameWithPath}': pathed('policy', 'PolicyName'),
  'iam instance-profile/${InstanceProfileNameWithPath}': pathed('instance-profile', 'InstanceProfileName'),
  'iam server-certificate/${CertificateNameWithPath}': pathed('server-certificate', 'ServerCertificateName'),
  'iam mfa/${MfaTokenIdWithPath}': device,
  'iam oidc-provider/${OidcProviderName}': oidc,
};
