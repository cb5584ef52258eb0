import { dataKinds } from './data-kinds.ts';
import { ec2Kinds } from './ec2-kinds.ts';
import { identityKinds } from './identity-kinds.ts';
import { foldedKind, type Kind, plainKind } from './kind.ts';
import { lambdaKinds } from './lambda-kinds.ts';
import { queueKinds } from './queue-kinds.ts';
import { secretKinds } from './secret-kinds.ts';
import { ssmKinds } from './ssm-kinds.ts';

const kinds: Readonly<Record<string, Kind>> = {
  ...dataKinds,
  ...ec2Kinds,
  ...identityKinds,
  ...lambdaKinds,
  ...queueKinds,
  ...secretKinds,
  ...ssmKinds,
};

/** How a kind is read, by its template; `isStrict`: what does not read as one is refused, and not just `any`. */
export function kindOf(template: string): { readonly read: Kind; readonly isStrict: boolean } {
  const key = keyOf(template);
  const own = Object.hasOwn(kinds, key) ? kinds[key] : undefined;
  if (own !== undefined) return { read: own, isStrict: true };
  return { read: folded.test(key) ? foldedKind : plainKind, isStrict: false };
}

/** The part of a template by which kinds are known: `dynamodb table/${TableName}`. */
export function keyOf(template: string): string {
  const [, , service = '', , , ...resource] = template.split(':');
  return `${service} ${resource.join(':')}`;
}

/** Services that keep their names in lower case (their API references, of the members ending in `Identifier`). */
const folded = /^(?:elasticache|memorydb|rds|redshift) /;
