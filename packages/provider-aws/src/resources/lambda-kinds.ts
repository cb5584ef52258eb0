import { isArnOf, type Kind, nameOrArn, written } from './kind.ts';

const functionResource = /^function:[A-Za-z0-9_-]{1,140}(?::(?:\$LATEST|[A-Za-z0-9_-]{1,129}))?$/;

/**
 * A function: its name, its name and qualifier, part of an ARN or a whole one (Lambda API reference, `FunctionName`). The
 * qualifier is part of the ARN that IAM judges.
 */
const lambdaFunction: Kind = ({ FunctionName: value, Qualifier: qualifier, Arn }, at) => {
  if (Arn !== undefined) return isArnOf(Arn, 'lambda', functionResource) ? [Arn] : 'other';
  if (value === undefined) return [];
  const arn = value.startsWith('arn:') ? value : partial(value, at);
  if (
    arn === undefined ||
    !isArnOf(arn.replace(/::function:/, ':000000000000:function:'), 'lambda', functionResource)
  )
    return 'unreadable';
  const own = /function:[^:]+:(.+)$/.exec(arn)?.[1];
  if (qualifier === undefined || own === qualifier) return [arn];
  return own === undefined && /^(?:\$LATEST|[A-Za-z0-9_-]{1,129})$/.test(qualifier)
    ? [`${arn}:${qualifier}`]
    : 'unreadable';
};

/** `account:function:name` or `name`. What could be either of two is neither: `function:name`, `123456789012:name`. */
function partial(value: string, at: Parameters<Kind>[1]): string | undefined {
  const [, region, account, rest = ''] =
    /^(?:([a-z]{2,}(?:-[a-z]+)+-\d):)?(?:(\d{12}):function:)?(.*)$/.exec(value) ?? [];
  if (region !== undefined && account === undefined) return undefined;
  if (account === undefined && /^(?:function|\d{12}):/.test(rest)) return undefined;
  return written('lambda', `function:${rest}`, at, {
    ...(account !== undefined && { account }),
    ...(region !== undefined && { region }),
  });
}

const layer = nameOrArn({
  service: 'lambda',
  variable: 'LayerName',
  name: /^[A-Za-z0-9_-]{1,140}$/,
  resource: /^layer:[A-Za-z0-9_-]{1,140}$/,
  write: (name) => `layer:${name}`,
});

const layerVersion: Kind = ({ LayerVersion: version, Arn, ...values }, at, template) => {
  if (Arn !== undefined)
    return isArnOf(Arn, 'lambda', /^layer:[A-Za-z0-9_-]{1,140}:\d+$/) ? [Arn] : 'unreadable';
  const named = layer(values, at, template);
  if (version === undefined || typeof named === 'string' || named.length === 0) return named;
  return /^\d+$/.test(version) ? [`${named[0]}:${version}`] : 'unreadable';
};

/** Kinds of Lambda. */
export const lambdaKinds: Readonly<Record<string, Kind>> = {
  'lambda function:${FunctionName}': lambdaFunction,
  'lambda function:${FunctionName}:${Alias}': lambdaFunction,
  'lambda function:${FunctionName}:${Version}': lambdaFunction,
  'lambda layer:${LayerName}': layer,
  'lambda layer:${LayerName}:${LayerVersion}': layerVersion,
};
