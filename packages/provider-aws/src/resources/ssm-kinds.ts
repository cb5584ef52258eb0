import { parseArn } from './arn.ts';
import { isArnOf, type Kind, nameOrArn, type Surroundings, written } from './kind.ts';
import { secret } from './secret-kinds.ts';

const references = '/aws/reference/secretsmanager/';
const parameterResource = /^parameter\/[A-Za-z0-9_.-]+(?:\/[A-Za-z0-9_.-]+)*$/;

/**
 * A parameter without its leading slash, as ARNs have it, and without `:version` or `:label`. One below
 * `/aws/reference/secretsmanager/` is a secret, and named as that too. A path names all parameters below it.
 */
const parameter: Kind = ({ Parameter: value, ParameterPath: path, Arn }, at) => {
  if (Arn !== undefined) return isArnOf(Arn, 'ssm', parameterResource) ? withReference(Arn) : 'other';
  if (path !== undefined) return childrenOf(path, at);
  if (value === undefined) return [];
  const plain = value.replace(/(?<!^arn:.*):[A-Za-z0-9_.-]{1,100}$/, '');
  if (value.startsWith('arn:')) {
    const whole = value.replace(/(:parameter\/[^:]+):[A-Za-z0-9_.-]{1,100}$/, '$1');
    return isArnOf(whole, 'ssm', parameterResource) ? withReference(whole) : 'unreadable';
  }
  const resource = `parameter/${plain.replace(/^\//, '')}`;
  if (plain.startsWith(references))
    return referenceTo(plain.slice(references.length), written('ssm', resource, at), at);
  const isName =
    plain.startsWith('/') === resource.slice('parameter/'.length).includes('/') || plain.startsWith('/');
  return isName && parameterResource.test(resource) ? [written('ssm', resource, at)] : 'unreadable';
};

/** The ARN of a parameter, and the secret that it may stand for, which is of the same account and region. */
function withReference(arn: string): ReturnType<Kind> {
  const { partition = '', region = '', account = '', resource = '' } = parseArn(arn) ?? {};
  const name = resource.slice('parameter'.length);
  if (!name.startsWith(references)) return [arn];
  return referenceTo(name.slice(references.length), arn, { partition, region, account });
}

function referenceTo(id: string, own: string, at: Surroundings): ReturnType<Kind> {
  const named = secret({ SecretName: id }, at, '');
  return typeof named === 'string' ? named : [own, ...named];
}

/** `*` stands for what is below; the scope has to hold all of it. */
function childrenOf(path: string, at: Surroundings): ReturnType<Kind> {
  if (path === '/') return [written('ssm', 'parameter/*', at)];
  const resource = `parameter${path.replace(/\/$/, '')}`;
  return path.startsWith('/') && parameterResource.test(resource)
    ? [written('ssm', `${resource}/*`, at)]
    : 'unreadable';
}

const ownDocument = nameOrArn({
  service: 'ssm',
  variable: 'DocumentName',
  name: /^[A-Za-z0-9_.-]{1,128}$/,
  resource: /^document\/[A-Za-z0-9_.-]{1,128}$/,
  write: (name) => `document/${name}`,
});

/** A document; those of AWS, whose names nobody else may begin so, are of no account. */
const document: Kind = (values, at, template) => {
  const isOfAws = /^(?:aws|amazon|amzn)/i.test(values['DocumentName'] ?? '');
  return ownDocument(values, isOfAws ? { ...at, account: '' } : at, template);
};

/** A node: an instance of EC2, or a managed one. */
const node: Kind = ({ InstanceId: id }, at) => {
  if (id === undefined) return [];
  if (/^i-[0-9a-f]{8,17}$/.test(id)) return [written('ec2', `instance/${id}`, at)];
  return /^mi-[0-9a-f]{17}$/.test(id) ? [written('ssm', `managed-instance/${id}`, at)] : 'any';
};

/** Kinds of Systems Manager. */
export const ssmKinds: Readonly<Record<string, Kind>> = {
  'ssm parameter/${ParameterNameWithoutLeadingSlash}': parameter,
  'ssm document/${DocumentName}': document,
  'ssm managed-instance/${InstanceId}': node,
};
